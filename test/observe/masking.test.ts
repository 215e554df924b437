import t from 'tap'
import { maskedHeaders, maskedTarget } from '../../src/observe/masking.js'

t.test('a header that holds a secret keeps what explains it and nothing else:', async t => {
  for (const [name, value, shown] of [
    ['Authorization', 'Bearer abc.def', 'Bearer ***'],
    ['authorization', 'abc', '***'],
    ['Proxy-Authorization', 'Basic dXNlcjpwYXNz', 'Basic ***'],
    ['Cookie', 'sid=1; theme=dark', 'sid=***; theme=***'],
    ['Cookie', 'naked', '***'],
    ['Set-Cookie', 'sid=1; Path=/;HttpOnly', 'sid=***; Path=/; HttpOnly'],
    ['X-Api-Key', 'k', '***'],
    ['X-Amz-Security-Token', 'k', '***'],
    ['X-CSRF-Token', 'k', '***'],
    [
      'Referer',
      'https://app.example.com/?token=1&page=2',
      'https://app.example.com/?token=***&page=2',
    ],
    ['Location', '/in?code=1', '/in?code=***'],
    ['Content-Type', 'application/json', 'application/json'],
    ['Origin', 'https://app.example.com', 'https://app.example.com'],
    ['Access-Control-Request-Headers', 'authorization', 'authorization'],
    ['Access-Control-Allow-Credentials', 'true', 'true'],
  ] as const) {
    t.strictSame(maskedHeaders([name, value]), [[name, shown]], `${name}: ${value}`)
  }
})

t.test('order, case and repeats of header lines are kept', async t => {
  t.strictSame(maskedHeaders(['B', '1', 'a', '2', 'B', '3']), [
    ['B', '1'],
    ['a', '2'],
    ['B', '3'],
  ])
})

t.test('a target keeps its path and loses the secrets of its query:', async t => {
  for (const [target, shown] of [
    ['/a?page=2&q=token', '/a?page=2&q=token'],
    ['/a?access_token=x&page=2', '/a?access_token=***&page=2'],
    ['/a?API-KEY=x;sig=y#end', '/a?API-KEY=***;sig=***#end'],
    ['/a?password=', '/a?password=***'],
    ['http://user:pass@api.example.com/a', 'http://***@api.example.com/a'],
    ['/mail?to=a@b.example', '/mail?to=a@b.example'],
    ['*', '*'],
  ] as const) {
    t.equal(maskedTarget(target), shown, target)
  }
})
