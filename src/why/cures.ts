// What to write into the configuration of a server, so that a page may read its answers. Each is minimal and safe:
// it names the origin, never a star beside credentials, and never sends back what was sent.

import type { Grant } from './grant.js'
import type { ServerName } from './servers.js'

type Write = (grant: Grant) => readonly string[]

const simple = ['GET', 'HEAD', 'POST']
const allMethods = ({ methods }: Grant): readonly string[] => [...new Set([...simple, ...methods])]

/** Fields of every answer, and of the preflight's alone. */
function fields(grant: Grant): [name: string, value: string][] {
  const found: [string, string][] = [['Access-Control-Allow-Origin', grant.origin]]
  if (grant.credentials) found.push(['Access-Control-Allow-Credentials', 'true'])
  if (grant.exposed.length > 0)
    found.push(['Access-Control-Expose-Headers', grant.exposed.join(', ')])
  return found
}

function preflightFields(grant: Grant): [name: string, value: string][] {
  const found: [string, string][] = [['Access-Control-Allow-Methods', allMethods(grant).join(', ')]]
  if (grant.headers.length > 0)
    found.push(['Access-Control-Allow-Headers', grant.headers.join(', ')])
  return found
}

const nginx: Write = grant => {
  const lines = (list: [string, string][], indent = '') =>
    list.map(([name, value]) => `${indent}add_header ${name} "${value}" always;`)
  const asked = [
    'if ($request_method = OPTIONS) {',
    // An `if` with an add_header of its own inherits none.
    ...lines([...fields(grant), ...preflightFields(grant)], '  '),
    '  return 204;',
    '}',
  ]
  return [
    '# In the location that answers, in place of its Access-Control lines:',
    'proxy_hide_header Access-Control-Allow-Origin;',
    ...(grant.credentials ? ['proxy_hide_header Access-Control-Allow-Credentials;'] : []),
    ...lines(fields(grant)),
    ...(grant.answersPreflight ? asked : []),
  ]
}

const apache: Write = grant => {
  const set = ([name, value]: [string, string]) => [
    // Apache keeps two tables of response fields; only one of them may have it.
    `Header onsuccess unset ${name}`,
    `Header always set ${name} "${value}"`,
  ]
  const asked = [
    ...preflightFields(grant).flatMap(set),
    'RewriteEngine On',
    'RewriteCond %{REQUEST_METHOD} =OPTIONS',
    'RewriteRule ^ - [R=204,L]',
  ]
  return [
    `# In the <VirtualHost> or <Directory> that answers, in place of its Access-Control lines (a2enmod headers${grant.answersPreflight ? ' rewrite' : ''}):`,
    ...fields(grant).flatMap(set),
    ...(grant.answersPreflight ? asked : []),
  ]
}

const haproxy: Write = grant => {
  const asked = preflightFields(grant).map(([name, value]) => ` hdr ${name} "${value}"`)
  return [
    '# In the frontend, in place of its Access-Control lines:',
    ...(grant.answersPreflight
      ? [`http-request return status 204${asked.join('')} if METH_OPTIONS`]
      : []),
    ...fields(grant).map(([name, value]) => `http-after-response set-header ${name} "${value}"`),
  ]
}

const caddy: Write = grant => {
  const asked = [
    '@preflight method OPTIONS',
    'handle @preflight {',
    ...preflightFields(grant).map(([name, value]) => `  header ${name} "${value}"`),
    '  respond 204',
    '}',
  ]
  return [
    '# In the block of the site, in place of its Access-Control lines:',
    'header {',
    ...fields(grant).map(([name, value]) => `  ${name} "${value}"`),
    '  defer',
    '}',
    ...(grant.answersPreflight ? asked : []),
  ]
}

type Value = string | boolean | readonly string[]

const written = (value: Value, quote: string): string => {
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string'
    ? quote + value + quote
    : `[${value.map(item => quote + item + quote).join(', ')}]`
}

/** What libraries ask for, under their own names; what is not needed is left out. */
function settings(
  grant: Grant,
  names: Readonly<Record<'origin' | 'methods' | 'headers' | 'exposed' | 'credentials', string>>,
): [string, Value][] {
  const found: [string, Value][] = [[names.origin, [grant.origin]]]
  if (grant.methods.length > 0) found.push([names.methods, allMethods(grant)])
  if (grant.headers.length > 0) found.push([names.headers, grant.headers])
  if (grant.exposed.length > 0) found.push([names.exposed, grant.exposed])
  if (grant.credentials) found.push([names.credentials, true])
  return found
}

const javaScript = (list: [string, Value][]): string =>
  `{ ${list.map(([name, value]) => `${name}: ${written(value, "'")}`).join(', ')} }`

const python = (list: [string, Value][]): string =>
  list.map(([name, value]) => `${name}=${value === true ? 'True' : written(value, '"')}`).join(', ')

const javaScriptNames = {
  origin: 'origin',
  methods: 'methods',
  headers: 'allowedHeaders',
  exposed: 'exposedHeaders',
  credentials: 'credentials',
}

const express: Write = grant => {
  const object = (list: [string, string][]) =>
    `{ ${list.map(([name, value]) => `'${name}': '${value}'`).join(', ')} }`
  const asked = [
    "  if (request.method !== 'OPTIONS') return next()",
    `  response.set(${object(preflightFields(grant))}).sendStatus(204)`,
  ]
  return [
    '// Before the routes, in place of what sets Access-Control headers:',
    'app.use((request, response, next) => {',
    `  response.set(${object(fields(grant))})`,
    ...(grant.answersPreflight ? asked : ['  next()']),
    '})',
  ]
}

const fastify: Write = grant => [
  '// Before the routes, in place of what sets Access-Control headers (npm install @fastify/cors):',
  "import cors from '@fastify/cors'",
  `await app.register(cors, ${javaScript(settings(grant, javaScriptNames))})`,
]

const hono: Write = grant => [
  '// Before the routes, in place of what sets Access-Control headers:',
  "import { cors } from 'hono/cors'",
  `app.use('*', cors(${javaScript(
    settings(grant, {
      ...javaScriptNames,
      methods: 'allowMethods',
      headers: 'allowHeaders',
      exposed: 'exposeHeaders',
    }),
  )}))`,
]

const flask: Write = grant => [
  '# Behind app = Flask(…), in place of what sets Access-Control headers (pip install flask-cors):',
  'from flask_cors import CORS',
  `CORS(app, ${python(
    settings(grant, {
      origin: 'origins',
      methods: 'methods',
      headers: 'allow_headers',
      exposed: 'expose_headers',
      credentials: 'supports_credentials',
    }),
  )})`,
]

const django: Write = grant => [
  '# At the end of settings.py, in place of what sets Access-Control headers (pip install django-cors-headers):',
  'INSTALLED_APPS = [*INSTALLED_APPS, "corsheaders"]',
  'MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", *MIDDLEWARE]',
  ...settings(grant, {
    origin: 'CORS_ALLOWED_ORIGINS',
    methods: 'CORS_ALLOW_METHODS',
    headers: 'CORS_ALLOW_HEADERS',
    exposed: 'CORS_EXPOSE_HEADERS',
    credentials: 'CORS_ALLOW_CREDENTIALS',
  }).map(([name, value]) => `${name} = ${value === true ? 'True' : written(value, '"')}`),
]

const fastapi: Write = grant => [
  '# Behind app = FastAPI(…), in place of what sets Access-Control headers:',
  'from fastapi.middleware.cors import CORSMiddleware',
  `app.add_middleware(CORSMiddleware, ${python(
    settings(grant, {
      origin: 'allow_origins',
      methods: 'allow_methods',
      headers: 'allow_headers',
      exposed: 'expose_headers',
      credentials: 'allow_credentials',
    }),
  )})`,
]

const spring: Write = grant => {
  const words = settings(grant, {
    origin: 'allowedOrigins',
    methods: 'allowedMethods',
    headers: 'allowedHeaders',
    exposed: 'exposedHeaders',
    credentials: 'allowCredentials',
  }).map(
    ([name, value]) =>
      `.${name}(${
        typeof value === 'boolean'
          ? value
          : [value]
              .flat()
              .map(item => `"${item}"`)
              .join(', ')
      })`,
  )
  return [
    '// In a @Configuration class, in place of what sets Access-Control headers; with Spring Security, also http.cors(withDefaults()):',
    '@Bean',
    'WebMvcConfigurer cors() {',
    '  return new WebMvcConfigurer() {',
    '    @Override',
    '    public void addCorsMappings(CorsRegistry registry) {',
    `      registry.addMapping("/**")${words.join('')};`,
    '    }',
    '  };',
    '}',
  ]
}

/** The sidecar writes its own line: a command that was tried. */
export type CuredServer = Exclude<ServerName, 'sidecar'>

const writers: Readonly<Record<CuredServer, Write>> = {
  nginx,
  apache,
  haproxy,
  caddy,
  express,
  fastify,
  hono,
  flask,
  django,
  fastapi,
  spring,
}

/** The text for this server, comments in its own notation. */
export function serverCure(name: CuredServer, grant: Grant): string {
  return writers[name](grant).join('\n')
}
