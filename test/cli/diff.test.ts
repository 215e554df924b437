// `diff A B`: the requests on which two policies decide differently, the smallest first.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runProgram } from './run-program.js'

interface Found {
  readonly request: {
    readonly method: string
    readonly path: string
    readonly origin?: string
    readonly preflight?: { readonly method: string; readonly names: readonly string[] }
  }
  readonly fields: readonly string[]
  readonly a: { readonly allows: string }
  readonly b: { readonly allows: string }
  readonly originCount: number
}

async function differencesOf(t: Test, a: string, b: string, cwd = '/') {
  const { code, stdout, stderr } = await runProgram(['diff', a, b, '--json'], { cwd })
  if (code > 1) t.fail(stderr)
  const { alike, differences } = JSON.parse(stdout) as { alike: boolean; differences: Found[] }
  t.equal(code, alike ? 0 : 1)
  return differences
}

t.setTimeout(240_000)

const page = 'allow-origin=https://app.example.com'

t.test('two that say the same in other words are alike', async t => {
  const cwd = t.testdir({
    'cors.yaml': 'allowOrigins:\n  - https://app.example.com\nallowHeaders: [x-a]\n',
  })
  t.strictSame(await differencesOf(t, 'cors.yaml', `${page} allow-headers=X-A`, cwd), [])
})

t.test(
  'one that lists another origin differs for both, and in nothing that follows from it',
  async t => {
    const found = await differencesOf(t, page, 'allow-origin=https://admin.example.com')
    t.match(
      found.map(({ request, a, b }) => [request.method, request.origin, a.allows, b.allows]),
      [
        ['GET', 'https://app.example.com', 'all', 'nothing'],
        ['GET', 'https://admin.example.com', 'nothing', 'all'],
      ],
    )
  },
)

t.test('a method, a header and a maximum age are each found', async t => {
  for (const [a, b, preflight] of [
    ['allow-methods=GET,PUT', 'allow-methods=GET', { method: 'PUT', names: [] }],
    ['allow-headers=x-a,x-b', 'allow-headers=x-a', { method: 'GET', names: ['x-b'] }],
    ['max-age=1h', 'max-age=2h', undefined],
  ] as const) {
    const [first, ...others] = await differencesOf(t, `${page} ${a}`, `${page} ${b}`)
    t.strictSame(others, [], a)
    if (preflight === undefined) t.strictSame(first?.fields, ['maxAge'])
    else t.strictSame(first?.request.preflight, preflight)
  }
})

t.test('one character in 10,000 origins is found', async t => {
  const origins = Array.from({ length: 10_000 }, (_, at) => `https://shop-${at}.example.com`)
  const other = origins.with(7_777, 'https://shop-777l.example.com')
  const cwd = t.testdir({
    'a.json': JSON.stringify({ allowOrigins: origins }),
    'b.json': JSON.stringify({ allowOrigins: other }),
  })
  const found = await differencesOf(t, 'a.json', 'b.json', cwd)
  t.strictSame(
    found.map(({ request, originCount }) => [request.origin, originCount]),
    [
      ['https://shop-7777.example.com', 1],
      ['https://shop-777l.example.com', 1],
    ],
  )
})

t.test('a server is asked', async t => {
  const server = createServer((request, response) => {
    if (request.headers.origin === 'https://app.example.com') {
      response.setHeader('Access-Control-Allow-Origin', 'https://app.example.com')
      if (request.method === 'OPTIONS') response.setHeader('Access-Control-Allow-Methods', 'PUT')
    }
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const policy = `${page} allow-credentials=false allow-methods=PUT allow-headers=x-a expose-headers=x-b max-age=unset`
  const found = await differencesOf(t, policy, url)
  t.match(found, [
    { request: { preflight: { method: 'GET', names: ['x-a'] } }, fields: ['allows'] },
  ])
  t.equal(found.length, 1)
})

t.test('what a migration changes is found: ingress-nginx to the Gateway API', async t => {
  const cwd = t.testdir({ 'ingress.yaml': ingress, 'route.yaml': route })
  const { code, stdout } = await runProgram(['diff', 'ingress.yaml', 'route.yaml'], { cwd })
  t.equal(code, 1)
  t.match(
    stdout,
    'GET / from https://b.a.example.com\n  ingress.yaml  refused\n  route.yaml    allowed, with cookies',
  )
  t.match(
    stdout,
    /PUT \/ from https:\/\/a\.example\.com \(preflight\)\n +ingress\.yaml +allowed, with cookies/,
  )
})

t.test('what can not be compared is said, with 2', async t => {
  const cwd = t.testdir({ 'notes.yaml': 'a: 1\n', 'bad.yaml': 'allowOrigins: [example.com]\n' })
  for (const [given, said] of [
    [[page], 'diff compares two'],
    [[page, 'nowhere.yaml'], 'nowhere.yaml cannot be read'],
    [[page, 'notes.yaml'], 'notes.yaml holds no policy that can be compared.\n  line 1:'],
    [[page, 'bad.yaml'], /bad\.yaml can't be compared\.\n.*has no scheme/],
    [[page, 'http://127.0.0.1:1/'], 'does not answer'],
  ] as const) {
    const { code, stdout, stderr } = await runProgram(['diff', ...given], { cwd: join(cwd) })
    t.strictSame([code, stdout], [2, ''])
    t.match(stderr, said)
  }
})

const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    nginx.ingress.kubernetes.io/enable-cors: "true"
    nginx.ingress.kubernetes.io/cors-allow-origin: "https://*.example.com"
spec:
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: shop, port: { number: 80 } } }
`

const route = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
spec:
  rules:
    - filters:
        - type: CORS
          cors:
            allowOrigins: ["https://*.example.com"]
            allowCredentials: true
            allowMethods: [GET, POST]
`
