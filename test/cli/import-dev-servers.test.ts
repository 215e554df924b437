// The proxies of dev servers, in the files that people keep them in. Nothing of a file is run.
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { start } from '../../src/index.js'
import { startWsEcho } from '../support/ws-echo.js'
import { importOf, importsOf } from './imports.js'

interface Shape {
  readonly path: string
  readonly text: string
  /** Prefix, upstream, `Host`, and `strip` where the prefix is taken off. */
  readonly routes?: readonly string[]
  /** Settings beside the routes. */
  readonly more?: object
  readonly notes?: readonly RegExp[]
}

const shapes: Record<string, Shape> = {
  'Vite, a URL alone': {
    path: 'vite.config.js',
    text: `
import { defineConfig } from 'vite'
export default defineConfig({ server: { proxy: { '/api': 'http://127.0.0.1:4100' } } })
`,
    routes: ['/api http://127.0.0.1:4100 upstream'],
    notes: [/no policy to read/, /There no WebSocket was forwarded/],
  },
  'Vite, the prefix taken off by an expression': {
    path: 'vite.config.ts',
    text: `
import { defineConfig } from "vite";
import vue from "@vitejs/plugin-vue";

// https://vite.dev/config/
export default defineConfig({
  plugins: [vue()],
  server: {
    proxy: {
      "/shop": {
        target: "http://localhost:4100/v2",
        changeOrigin: true,
        rewrite: (path) => path.replace(/^\\/shop/, ""),
      },
    },
  },
});
`,
    routes: ['/shop http://localhost:4100/v2 upstream strip'],
  },
  'Vite, another prefix put in its place by a text': {
    path: 'vite.config.mjs',
    text: `
export default {
  server: { proxy: { '/rest': { target: 'http://localhost:4100', rewrite: path => path.replace('/rest', '/api/v1') } } },
}
`,
    routes: ['/rest http://localhost:4100/api/v1 client strip'],
  },
  'Vite, a function of the mode with types': {
    path: 'vite.config.ts',
    text: `
import { defineConfig, loadEnv, type ConfigEnv, type UserConfig } from 'vite'

export default defineConfig(({ mode }: ConfigEnv): UserConfig => {
  const env = loadEnv(mode, process.cwd(), '')
  const api: string = env.SHOP_API || 'http://127.0.0.1:4101'
  return {
    build: { rollupOptions: { output: { manualChunks: (id: string) => (id.includes('x') ? 'x' : undefined) } } },
    server: {
      port: 3000,
      proxy: {
        '/api': {
          target: api,
          changeOrigin: true,
          secure: false,
          rewrite: (path: string): string => path.replace(new RegExp('^/api'), ''),
        } as const,
        '/live': { target: env.SHOP_LIVE, ws: true },
      },
    },
  } satisfies UserConfig
})
`,
    routes: ['/api http://127.0.0.1:4101 upstream strip'],
    notes: [
      /line 6: env\.SHOP_API is taken as "http:\/\/127\.0\.0\.1:4101", its fallback/,
      /line 18: \/live is left out: its target, env\.SHOP_LIVE, is known only when the file is run/,
    ],
  },
  'Vite, a block that applies in some modes, shared with the preview': {
    path: 'vite.config.ts',
    text: `
import { defineConfig } from 'vite'
const proxy = {
  '/api': { target: \`http://\${'localhost'}:\${4000 + 100}\`, rewrite(path) { return path.replace(/^\\/api\\//, '/') } },
}
export default defineConfig(({ command }) => ({
  server: { proxy: command === 'serve' ? proxy : undefined },
  preview: { proxy },
}))
`,
    routes: ['/api http://localhost:4100 client strip'],
    notes: [/line 3: This depends on command === 'serve'/],
  },
  'Vite, patterns': {
    path: 'vite.config.js',
    text: `
export default {
  server: {
    proxy: {
      '^/(auth|files)/.*': 'http://localhost:4100',
      '^/v\\\\d+/': 'http://localhost:4101',
      '^/graphql': { target: 'http://localhost:4102/', changeOrigin: true },
    },
  },
}
`,
    routes: [
      '/auth http://localhost:4100 upstream',
      '/files http://localhost:4100 upstream',
      '/graphql http://localhost:4102 upstream',
    ],
    notes: [/line 6: \^\/v\\d\+\/ is left out: it is a pattern/],
  },
  'Vite, what only code can say': {
    path: 'vite.config.ts',
    text: `
export default defineConfig({
  server: {
    cors: true,
    proxy: {
      '/a': {
        target: 'https://a.example.test',
        rewrite: path => path.replace(/^\\/a\\/(\\d+)/, '/$1/a'),
      },
      '/b': {
        target: 'https://b.example.test',
        configure: (proxy, _options) => {
          proxy.on('proxyReq', (proxyReq, req) => { proxyReq.setHeader('x', '}') })
        },
        bypass(req) { if (req.headers.accept.includes('html')) return '/index.html' },
        router: { 'dev.local': 'http://localhost:1' },
        ca: readFileSync('ca.pem'),
        hostRewrite: 'c.example.test',
        cookiePathRewrite: { '*': '/' },
        followRedirects: true,
      },
    },
  },
})
`,
    routes: ['/b https://b.example.test client'],
    notes: [
      /line 4: cors is not read/,
      /line 6: \/a is left out: its rewrite, path => .*, does more/,
      /line 12: \/b: configure has no counterpart/,
      /line 15: \/b: bypass has no counterpart.*every request below the prefix/,
      /line 16: \/b: router has no counterpart/,
      /line 17: \/b: ca has no counterpart.*upstreamCa/,
      /line 18: \/b: hostRewrite has no counterpart/,
      /line 19: \/b: cookiePathRewrite has no counterpart/,
      /line 20: \/b: followRedirects has no counterpart/,
    ],
  },
  'Vite, a target with a host and a port': {
    path: 'vite.config.js',
    text: `
export default { server: { proxy: { '/ws': { target: { host: 'localhost', port: 4100, protocol: 'ws:' }, ws: true, rewriteWsOrigin: true } } } }
`,
    routes: ['/ws http://localhost:4100 client'],
    more: { upstreamOrigin: 'rewrite' },
  },
  'SvelteKit, WebSockets by their scheme': {
    path: 'vite.config.ts',
    text: `
import { sveltekit } from '@sveltejs/kit/vite';
import type { UserConfig } from 'vite';
const config: UserConfig = {
	plugins: [sveltekit()],
	server: { proxy: { '/socket.io': { target: 'ws://localhost:4100', ws: true }, '/api/': 'http://localhost:4101' } }
};
export default config;
`,
    routes: ['/socket.io http://localhost:4100 client', '/api/ http://localhost:4101 upstream'],
  },
  'Vite, with the hosts that it serves': {
    path: 'vite.config.ts',
    text: `
export default {
  server: {
    allowedHosts: ['dev.example.com', '.tunnel.example', '*', 'http://x', name],
    proxy: { '/api': 'http://localhost:4100' },
  },
}
`,
    routes: ['/api http://localhost:4100 upstream'],
    more: {
      allowHosts: [
        ...['localhost', '*.localhost', '127.0.0.1', '[::1]'],
        ...['dev.example.com', 'tunnel.example', '*.tunnel.example'],
      ],
    },
    notes: [
      /line 4: allowedHosts: "\*" is no host/,
      /line 4: allowedHosts: "http:\/\/x" is no host/,
      /line 4: allowedHosts: name is no host/,
      /line 4: There every IP address is served/,
    ],
  },
  'webpack, which finds its hosts itself': {
    path: 'webpack.config.js',
    text: `
module.exports = { devServer: { allowedHosts: 'auto', proxy: [{ context: '/api', target: 'http://localhost:4100' }] } }
`,
    routes: ['/api http://localhost:4100 client'],
  },
  'a block alone, with its function': {
    path: 'notes.txt',
    text: `
'/api': {
  target: 'http://localhost:4100',
  rewrite: p => p.replace(/^\\/api/, ''),
},
`,
    routes: ['/api http://localhost:4100 client strip'],
  },
  'a block alone, with its key': {
    path: '-',
    text: `proxy: { '/api': { target: 'http://localhost:4100', changeOrigin: true, rewrite: p => p.slice('/api'.length) } }`,
    routes: ['/api http://localhost:4100 upstream strip'],
  },
  'webpack, a URL alone keeps Host': {
    path: 'webpack.config.js',
    text: `
const path = require('path')
module.exports = { entry: './src', devServer: { proxy: { '/api': 'http://localhost:4100' } } }
`,
    routes: ['/api http://localhost:4100 client'],
  },
  'webpack 5, a list with contexts': {
    path: 'webpack.config.js',
    text: `
module.exports = (env, argv) => ({
  mode: argv.mode,
  module: { rules: [{ test: /\\.tsx?$/, use: 'ts-loader' }] },
  devServer: {
    allowedHosts: 'all',
    proxy: [
      { context: ['/auth', '/api'], target: 'http://localhost:4100', changeOrigin: true },
      { context: '/files/**', target: 'http://localhost:4101', pathRewrite: { '^/files': '' } },
      { context: (pathname) => pathname.endsWith('.json'), target: 'http://localhost:4102' },
      { context: ['/x', '!/x/y'], target: 'http://localhost:4103' },
    ],
  },
})
`,
    routes: [
      '/auth http://localhost:4100 upstream',
      '/api http://localhost:4100 upstream',
      '/files http://localhost:4101 client strip',
      '/x http://localhost:4103 client',
    ],
    notes: [
      /line 6: allowedHosts lets pages of any name in/,
      /line 10: A rule for \(pathname\) => .* would have to be run/,
      /line 11: !\/x\/y is left out/,
    ],
  },
  'webpack, merged from two configurations': {
    path: 'webpack.dev.js',
    text: `
const { merge } = require('webpack-merge')
const common = require('./webpack.common.js')
const target = 'https://localhost:4443'
module.exports = merge(common, {
  devServer: {
    proxy: {
      '/api/*': { target, secure: false, pathRewrite: { '^/api/(.*)': '/$1' }, auth: 'me:secret' },
    },
  },
})
`,
    routes: ['/api https://localhost:4443 client strip'],
    more: { upstreamInsecure: true, setRequestHeaders: ['Authorization: Basic bWU6c2VjcmV0'] },
    notes: [/line 8: secure: false leaves every upstream unverified/],
  },
  'webpack, set after the fact': {
    path: 'webpack.config.js',
    text: `
const config = base()
config.devServer.proxy = { '/api': { target: 'http://localhost:4100', proxyTimeout: 90_000 } }
module.exports = config
`,
    routes: ['/api http://localhost:4100 client'],
    more: { upstreamTimeout: '90000ms' },
  },
  'Vue CLI changes Host unless told otherwise': {
    path: 'vue.config.js',
    text: `
module.exports = {
  devServer: {
    proxy: {
      '/api': { target: 'http://localhost:4100', pathRewrite: { [\`^/api\`]: '' } },
      '/own': { target: 'http://localhost:4101', changeOrigin: false },
    },
  },
}
`,
    routes: ['/api http://localhost:4100 upstream strip', '/own http://localhost:4101 client'],
  },
  'Vue CLI by what it imports': {
    path: '-',
    text: `
const { defineConfig } = require('@vue/cli-service')
module.exports = defineConfig({ transpileDependencies: true, devServer: { proxy: 'http://localhost:4100/' } })
`,
    more: { upstream: 'http://localhost:4100', hostHeader: 'upstream' },
  },
  'create-react-app': {
    path: 'package.json',
    text: `{
  "name": "shop",
  "dependencies": { "react-scripts": "5.0.1" },
  "eslintConfig": { "extends": ["react-app"] },
  "proxy": "http://localhost:4100"
}`,
    more: { upstream: 'http://localhost:4100', hostHeader: 'upstream', upstreamOrigin: 'rewrite' },
  },
  'setupProxy.js of create-react-app': {
    path: 'src/setupProxy.js',
    text: `
const { createProxyMiddleware } = require('http-proxy-middleware');

module.exports = function (app) {
  app.use(
    '/api',
    createProxyMiddleware({
      target: process.env.REACT_APP_PROXY || 'http://localhost:4100',
      changeOrigin: true,
    })
  );
};
`,
    routes: ['/api http://localhost:4100 upstream'],
    notes: [/line 6: \/api is sent on with the path, as http-proxy-middleware 1 and 2 do/],
  },
  'http-proxy-middleware 3 takes the mount off': {
    path: 'server.ts',
    text: `
import express from 'express'
import { createProxyMiddleware, type Options } from 'http-proxy-middleware'
const app = express()
const options: Options = { target: 'http://localhost:4100', on: { proxyReq: fixRequestBody } }
const proxy = createProxyMiddleware(options)
app.use('/api', express.json(), proxy)
app.use('/v1', createProxyMiddleware({ target: 'http://localhost:4101/v1' }))
app.use(createProxyMiddleware({ pathFilter: ['/a', '/b/**'], target: 'http://localhost:4102' }))
app.listen(3000)
`,
    routes: [
      '/api http://localhost:4100 client strip',
      '/v1 http://localhost:4101/v1 client strip',
      '/a http://localhost:4102 client',
      '/b http://localhost:4102 client',
    ],
    notes: [/line 5: \/api: on has no counterpart/],
  },
  'http-proxy-middleware with a context, and by its old name': {
    path: 'setupProxy.js',
    text: `
const proxy = require('http-proxy-middleware')
module.exports = app => {
  app.use(proxy(['/auth', '/login'], { target: 'http://localhost:4100', pathRewrite: { '^/auth': '/id' } }))
  app.use(proxy('/sock', { target: 'ws://localhost:4101', ws: true }))
  app.use(proxy((path, req) => req.method === 'POST', { target: 'http://localhost:4102' }))
  app.use('/x', proxy(makeOptions()))
}
`,
    routes: [
      '/auth http://localhost:4100/id client strip',
      '/login http://localhost:4100 client',
      '/sock http://localhost:4101 client',
    ],
    notes: [
      /line 6: A rule for \(path, req\) => .* would have to be run/,
      /line 7: .*known only when the file is run/,
    ],
  },
  'Next, a list': {
    path: 'next.config.js',
    text: `
/** @type {import('next').NextConfig} */
const nextConfig = {
  reactStrictMode: true,
  async rewrites() {
    return [
      { source: '/api/:path*', destination: 'http://localhost:4100/:path*' },
      { source: '/same/:rest*', destination: 'https://shop.example.test/same/:rest*' },
      { source: '/docs/:slug', destination: 'https://docs.example.test/read/:slug' },
      { source: '/about', destination: '/about-us' },
      { source: '/feed', destination: 'https://shop.example.test/feed' },
      { source: '/old', destination: 'https://shop.example.test/new' },
    ]
  },
}
module.exports = nextConfig
`,
    routes: [
      '/api http://localhost:4100 upstream strip',
      '/same https://shop.example.test upstream',
      '/docs https://docs.example.test/read upstream strip',
      '/feed https://shop.example.test upstream',
    ],
    notes: [
      /line 9: \/docs\/:slug covered one element/,
      /line 10: \/about is left out: it stays within the app/,
      /line 12: \/old is left out: it renames a single path/,
      /a rewrite, unless it was in beforeFiles/,
    ],
  },
  'Next, by their time, below a base path': {
    path: 'next.config.ts',
    text: `
import type { NextConfig } from 'next'
const api = process.env.API_URL ?? 'http://localhost:4100'
const config: NextConfig = {
  basePath: '/shop',
  rewrites: async () => ({
    beforeFiles: [{ source: '/api/:path*', destination: \`\${api}/v1/:path*\`, basePath: false }],
    afterFiles: [{ source: '/ingest/:path(.*)', destination: 'https://in.example.test/:path(.*)' }],
    fallback: [{ source: '/:path*', destination: 'https://old.example.test/:path*', has: [{ type: 'header', key: 'x' }] }],
  }),
  async headers() {
    return [{ source: '/api/:path*', headers: [{ key: 'Access-Control-Allow-Origin', value: '*' }] }]
  },
}
export default withBundleAnalyzer(config)
`,
    routes: [
      '/api http://localhost:4100/v1 upstream strip',
      '/shop/ingest https://in.example.test upstream strip',
    ],
    notes: [
      /line 9: \/:path\* is left out: it has a condition, has/,
      /line 11: The Access-Control fields of headers\(\) are not read/,
      /line 3: process\.env\.API_URL is taken as/,
    ],
  },
  'Next, only in development': {
    path: 'next.config.mjs',
    text: `
const isDev = process.env.NODE_ENV !== 'production'
export default {
  rewrites: async () => {
    return isDev
      ? [{ source: '/api/:path*', destination: 'http://127.0.0.1:4100/api/:path*' }]
      : []
  },
}
`,
    routes: ['/api http://127.0.0.1:4100 upstream'],
    notes: [/line 6: This depends on isDev/],
  },
  'Angular, proxy.conf.json with comments': {
    path: 'proxy.conf.json',
    text: `{
  // the shop
  "/api": {
    "target": "http://localhost:4100",
    "secure": false, /* no TLS there */
    "logLevel": "debug",
    "changeOrigin": true,
  },
}`,
    routes: ['/api http://localhost:4100 upstream'],
  },
  'Angular, proxy.conf.js': {
    path: 'proxy.conf.js',
    text: `
const PROXY_CONFIG = [
  {
    context: ['/api', '/hub'],
    target: 'https://localhost:4443',
    secure: false,
    ws: true,
    bypass: function (req, res, options) { req.headers['X-Custom'] = 'yes' },
  },
];
module.exports = PROXY_CONFIG;
`,
    routes: ['/api https://localhost:4443 client', '/hub https://localhost:4443 client'],
    more: { upstreamInsecure: true },
    notes: [/line 8: \/api: bypass has no counterpart/],
  },
  'Angular, proxy.conf.mjs': {
    path: 'proxy.conf.mjs',
    text: `
export default {
  '/api/**': { target: 'http://localhost:4100', pathRewrite: { '^/api': '' }, headers: { 'X-Shop': 'a', Host: 'shop.test' } },
}
`,
    routes: ['/api http://localhost:4100 shop.test strip'],
    more: { setRequestHeaders: ['X-Shop: a'] },
    notes: [/line 3: \/api: its header X-Shop is sent to every upstream/],
  },
  'Nuxt and umi, at the top': {
    path: 'nuxt.config.js',
    text: `
export default {
  modules: ['@nuxtjs/axios', '@nuxtjs/proxy'],
  axios: { proxy: true },
  proxy: { '/api': { target: 'https://api.example.test', changeOrigin: true, pathRewrite: { '^/api': '/' } } },
}
`,
    routes: ['/api https://api.example.test upstream strip'],
  },
}

const routeText = (route: { [key: string]: unknown }) =>
  [route.prefix, route.upstream, route.hostHeader, ...(route.stripPrefix ? ['strip'] : [])].join(
    ' ',
  )

t.test('the proxy of a dev server is read as it is written:', async t => {
  for (const [name, { path, text, routes, more = {}, notes = [] }] of Object.entries(shapes)) {
    t.test(name, async t => {
      const found = await importOf(text, { path })
      const { routes: given = [], allowOrigins, ...others } = found.settings
      t.same((given as { [key: string]: unknown }[]).map(routeText), routes ?? [])
      t.same(others, more)
      t.same(allowOrigins, ['http://localhost:*'])
      for (const expected of notes) t.match(found.notes, expected)
      t.ok(found.starts, 'the sidecar starts with it')
    })
  }
})

t.test('angular.json leads to its proxy files', async t => {
  const angular = JSON.stringify({
    projects: {
      shop: {
        architect: {
          serve: {
            options: { proxyConfig: 'src/proxy.conf.json' },
            configurations: { e2e: { proxyConfig: 'src/none.json' } },
          },
        },
      },
    },
  })
  const files = { 'web/src/proxy.conf.json': '{ "/api": { "target": "http://localhost:4100" } }' }
  const { results, unread } = await importsOf(angular, { path: 'web/angular.json', files })
  t.match(results, [
    { title: 'dev server proxy, src/proxy.conf.json', settings: { routes: [{ prefix: '/api' }] } },
  ])
  t.match(unread, /line 1: proxyConfig src\/none\.json cannot be read: there is no such file/)
})

t.test('a secret of one upstream is not sent to another', async t => {
  const { settings, notes } = await importOf(`{
    "/a": { "target": "https://a.example.test", "headers": { "X-Key": "k" }, "secure": false },
    "/b": { "target": "https://b.example.test" }
  }`)
  t.notOk('setRequestHeaders' in settings)
  t.notOk('upstreamInsecure' in settings)
  t.match(
    notes,
    /line 2: \/a: its header X-Key is left out: here it would be sent to every upstream/,
  )
  t.match(notes, /line 2: \/a: secure: false is left out/)
})

t.test('a setting that no sidecar can have is named:', async t => {
  const rule = (more: string) => `{ "/a": { "target": "http://a.example.test", ${more} } }`
  for (const [what, more, note] of [
    [
      'a header that frames messages',
      '"headers": { "Connection": "keep-alive" }',
      /header Connection is left out: it decides/,
    ],
    [
      'an Origin of somebody else',
      '"headers": { "Origin": "https://b.example" }',
      /header Origin is left out/,
    ],
    [
      'a cookie domain of somebody else',
      '"cookieDomainRewrite": "b.example"',
      /cookieDomainRewrite to b\.example/,
    ],
  ] as const) {
    t.test(what, async t => t.match((await importOf(rule(more))).notes, note))
  }
  const own = await importOf(
    rule('"headers": { "Origin": "http://a.example.test" }, "cookieDomainRewrite": ""'),
  )
  t.match(own.settings, { upstreamOrigin: 'rewrite', cookieRewrite: 'dev' })
})

t.test('a route that no sidecar can have is left out, and said', async t => {
  const { settings, notes, starts } =
    await importOf(`module.exports = { basePath: 'shop', rewrites: () => [
    { source: '/api/:path*', destination: 'http://localhost:4100/:path*' },
    { source: '/own/:path*', destination: 'http://localhost:4101/:path*', basePath: false },
  ] }`)
  t.ok(starts)
  t.match(settings.routes, [{ prefix: '/own' }])
  t.match(notes, /Left out, since it would stop the start: .*does not begin with a slash/)
})

t.test('rules that hide each other are named', async t => {
  const { settings, notes } = await importOf(`[
    { "context": "/api", "target": "http://localhost:1" },
    { "context": "/api/v2", "target": "http://localhost:2" },
    { "context": "/api", "target": "http://localhost:3" }
  ]`)
  t.match(settings.routes, [{ upstream: 'http://localhost:1' }, { upstream: 'http://localhost:2' }])
  t.match(notes, /line 4: \/api came first in line 2/)
  t.match(notes, /line 2: There \/api came first and hid \/api\/v2/)
})

t.test(
  'what can be read only by running it is named with its line, and nothing is imported',
  async t => {
    for (const [text, note] of [
      [
        'export default {\n  server: { proxy: makeProxy(process.env) },\n}',
        /line 2: proxy is makeProxy\(process\.env\), which is known only/,
      ],
      [
        `export default { server: { proxy: {\n  '/a': { target: url() } } } }`,
        /line 2: \/a is left out: its target, url\(\)/,
      ],
      [
        'module.exports = { rewrites: fetchRewrites() }',
        /line 1: fetchRewrites\(\) is known only when/,
      ],
    ] as const) {
      const { results } = await importsOf(text)
      t.same(results[0]?.settings, {})
      t.match(results[0]?.notes, note)
    }
  },
)

t.test('the socket of a dev server behind the sidecar works', async t => {
  for (const text of [
    '{ "/api": "http://127.0.0.1:9" }',
    '{ "/api": { "target": "http://127.0.0.1:9", "ws": false } }',
    `module.exports = { rewrites: () => [{ source: '/api/:path*', destination: 'http://127.0.0.1:9/:path*' }] }`,
  ]) {
    const devServer = await startWsEcho()
    t.teardown(() => devServer.close())
    const { settings } = await importOf(text)
    const ports = { listen: '127.0.0.1:0', adminListen: 'off' }
    const sidecar = await start({
      ...settings,
      ...ports,
      upstream: devServer.url,
      logLevel: 'silent',
    })
    t.teardown(() => sidecar.close())
    const { host, origin } = new URL(sidecar.url)
    // The page came through the sidecar, or stands on another port of this machine.
    for (const page of [origin, 'http://localhost:5173']) {
      const socket = new WebSocket(`ws://${host}/`, { origin: page })
      await once(socket, 'open')
      socket.send('hot')
      const [message] = await once(socket, 'message')
      t.equal(String(message), 'hot', `${page} ${text}`)
      socket.close()
    }
    const foreign = new WebSocket(`ws://${host}/`, { origin: 'https://evil.test' })
    const [{ message }] = await once(foreign, 'error')
    t.match(message, /403/, 'and no foreign page gets at it')
  }
})
