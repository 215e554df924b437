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
    [
      'Location',
      'https://app.example.com/in#access_token=1&state=2',
      'https://app.example.com/in#access_token=***&state=2',
    ],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', '***'],
    ['Sec-WebSocket-Protocol', 'graphql-transport-ws', 'graphql-transport-ws'],
    [
      'Sec-WebSocket-Protocol',
      'v4.channel.k8s.io,ocpp1.6, wamp.2.json',
      'v4.channel.k8s.io, ocpp1.6, wamp.2.json',
    ],
    ['Sec-WebSocket-Protocol', 'graphql-ws, bearer.abc', 'graphql-ws, bearer.***'],
    ['Sec-WebSocket-Protocol', 'access_token, abc, mqtt', 'access_token, ***, mqtt'],
    ['Sec-WebSocket-Protocol', 'Authorization,abc', 'Authorization, ***'],
    ['Sec-WebSocket-Protocol', 'auth-token-d3adb33f', 'auth-token-***'],
    [
      'Sec-WebSocket-Protocol',
      'base64url.bearer.authorization.k8s.io.dG9rZW4, v4.channel.k8s.io',
      'base64url.bearer.***, v4.channel.k8s.io',
    ],
    ['Sec-WebSocket-Protocol', 'chat, eyJhbGciOiJI.eyJzdWIi.SflKxw', 'chat, ***'],
    ['Sec-WebSocket-Protocol', 'chat, 3f2504e0-4f89-11d3', 'chat, ***'],
    ['Ocp-Apim-Subscription-Key', 'k', '***'],
    ['X-Otp', '123456', '***'],
    ['X-Custom', 'Bearer abc', 'Bearer ***'],
    ['X-Custom', 'eyJhbGciOi.eyJzdWIiOi.SflKxw', '***'],
    ['X-Original-URL', '/a?ticket=ST-1&page=2', '/a?ticket=***&page=2'],
    ['Referer', 'https://bob:pw@app.example.com/', 'https://***@app.example.com/'],
    ['X-Note', `ghp_${'a1'.repeat(18)}`, '***'],
    ['X-Note', `use sk-${'a1'.repeat(18)} now`, 'use *** now'],
    ['X-Note', 'risk-assessment-of-the-quarter', 'risk-assessment-of-the-quarter'],
    ['Link', '<https://a.example/?otp=1>; rel="next"', '<https://a.example/?otp=***; rel="next"'],
    ['X-Parts', 'a=1; token=b', 'a=1; token=***'],
    ['Content-Type', 'application/json', 'application/json'],
    ['WWW-Authenticate', 'Basic realm="api"', 'Basic realm="api"'],
    ['WWW-Authenticate', 'Negotiate YIIabc==', 'Negotiate ***'],
    ['Server', 'Apache 2.4.57-1', 'Apache 2.4.57-1'],
    ['Keep-Alive', 'timeout=5, max=100', 'timeout=5, max=100'],
    ['X-Request-Id', 'abc', 'abc'],
    ['Surrogate-Key', 'a b', 'a b'],
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

t.test('a target keeps its path and loses the secrets of its parameters:', async t => {
  for (const [target, shown] of [
    ['/a?page=2&q=token', '/a?page=2&q=token'],
    ['/a?access_token=x&page=2', '/a?access_token=***&page=2'],
    ['/a?API-KEY=x;sig=y#end', '/a?API-KEY=***;sig=***#end'],
    ['/a?password=', '/a?password=***'],
    ['/a?tok%65n=x&%73%69%67=y&p%61ge=2', '/a?tok%65n=***&%73%69%67=***&p%61ge=2'],
    ['/a?%zz=1&%74oken%=x', '/a?%zz=1&%74oken%=***'],
    ['/a;jsessionid=x/b;v=1', '/a;jsessionid=***/b;v=1'],
    ['/a?token=x?y', '/a?token=***'],
    ['/a?next=/b?token=x&page=2', '/a?next=***&page=2'],
    ['/a?next=%2Fb%3Fpage%3D2%26c%6Fde%3Dx', '/a?next=***'],
    ['/a?next=%2Fb%3Fpage%3D2', '/a?next=%2Fb%3Fpage%3D2'],
    ['/a#id_token=x', '/a#id_token=***'],
    ['http://user:pass@api.example.com/a', 'http://***@api.example.com/a'],
    ['http://user:p@ss@api.example.com/a', 'http://***@api.example.com/a'],
    ['//user:pass@api.example.com/a', '//***@api.example.com/a'],
    ['http:\\\\user:pass@api.example.com', 'http:\\\\***@api.example.com'],
    ['user:pass@api.example.com:443', '***@api.example.com:443'],
    ['/a?to=http%3A%2F%2Fuser%3Apass%40b.example', '/a?to=***'],
    ['/a?next=%252Fb%253Fotp%253D1', '/a?next=***'],
    ['/login/user=bob&password=x/b', '/login/user=bob&password=***/b'],
    ['token=x', 'token=***'],
    ['/reset/eyJhbGciOi.eyJzdWIiOi.SflKxw/done', '/reset/***/done'],
    ['/a?otp=1&ticket=ST-2&country_code=de', '/a?otp=***&ticket=***&country_code=de'],
    ['/a?auth=true', '/a?auth=true'],
    [`/bot123456789:${'Aa1_-'.repeat(7)}/sendMessage`, '/bot***/sendMessage'],
    [`/services/T0AB12/B0CD34/${'aB3'.repeat(8)}`, '/services/T0AB12/B0CD34/***'],
    [`/api/webhooks/1234567890/${'aB3-'.repeat(16)}`, '/api/webhooks/1234567890/***'],
    [`/repos?q=glpat-${'aB3-'.repeat(5)}`, '/repos?q=***'],
    ['/sk-bratislava-stare-mesto/x', '/sk-bratislava-stare-mesto/x'],
    ['/commits/3f2504e04f8941d39a0c0305e82c3301', '/commits/3f2504e04f8941d39a0c0305e82c3301'],
    ['/mail?to=a@b.example', '/mail?to=a@b.example'],
    ['*', '*'],
  ] as const) {
    t.equal(maskedTarget(target), shown, target)
  }
})

t.test('a value that is known to be secret is masked under whatever name', async t => {
  t.strictSame(maskedHeaders(['X-Internal', 'a s3cr3t b', 'X-Other', 'c'], ['s3cr3t']), [
    ['X-Internal', 'a *** b'],
    ['X-Other', 'c'],
  ])
  t.equal(maskedTarget('/s3cr3t?q=s3cr3t', ['s3cr3t']), '/***?q=***')
})
