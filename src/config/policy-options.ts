// The option table, first part: the CORS policy.
import { headersForEverybody } from '../policy/policy.js'
import type { PresetName } from '../policy/presets.js'
import { maxAgeSeconds } from './amount-types.js'
import { nameList, originList, someOf } from './list-types.js'
import { option, words } from './option.js'
import { pathPolicies } from './structure-types.js'
import { boolean, integer, oneOf, text } from './value-types.js'

const policy = { group: 'policy', reload: 'live' } as const
const perPath = { ...policy, pathOverride: true } as const

// Any status passes here: which of them a browser accepts is the policy's to say.
const preflightStatus = {
  ...integer({ min: 0, max: 999 }),
  form: '200 or 204',
  schema: { enum: [200, 204] },
}

/** Written out, so that a name that is no preset does not pass the compiler. */
const presetNames = [
  'mcp',
  'openai',
  'tracing',
  's3-upload',
  'tus',
  'grpc-web',
] as const satisfies readonly PresetName[]

/** What a path policy may override. */
const overridable = {
  allowOrigins: option({
    ...perPath,
    brief: {
      usage: '--allow-origin ORIGIN',
      says: 'A page that may read responses; repeatable.',
    },
    alsoCalled: words(
      'origin origins allowed-origin allowed-origins cors cors-origin cors-origins cors-allow-origin cors-allow-origins cors-allowed-origins access-control-allow-origin whitelist allowlist allowed-urls allow',
    ),
    type: originList,
    singular: 'allowOrigin',
    short: 'o',
    default: { otherwise: '', onTerminalAndLoopback: 'loopback' },
    defaultText: 'none; on a terminal with a loopback listener: loopback',
    example: 'https://app.example.com',
    describe: 'Origins whose pages may read responses.',
  }),
  allowMethods: option({
    ...perPath,
    alsoCalled: words(
      'method methods allowed-method allowed-methods cors-methods cors-allow-methods',
    ),
    type: nameList('GET, PUT, DELETE …, or *'),
    singular: 'allowMethod',
    default: 'GET,HEAD,POST,PUT,PATCH,DELETE,QUERY',
    describe: 'Methods a page may use.',
  }),
  allowHeaders: option({
    ...perPath,
    brief: {
      usage: '--allow-headers LIST',
      says: 'Request headers that pages may send; * for all.',
    },
    alsoCalled: words('headers allowed-header allowed-headers cors-headers cors-allow-headers'),
    type: nameList('content-type, x-amz-* …, or *'),
    singular: 'allowHeader',
    defaultText: `any for listed origins; ${headersForEverybody.join(',')} when allow-origins is *`,
    example: 'content-type,authorization,x-amz-*',
    describe: 'Request headers a page may send; x-amz-* means all that begin like that.',
  }),
  exposeHeaders: option({
    ...perPath,
    alsoCalled: words('exposed-header exposed-headers cors-expose-headers'),
    type: nameList('etag, x-ratelimit-* …, or *'),
    singular: 'exposeHeader',
    defaultText: 'all for listed origins; none when allow-origins is *',
    example: 'etag,x-total-count',
    describe: 'Response headers a page may read; * means all of them, with credentials too.',
  }),
  preset: option({
    ...perPath,
    alsoCalled: words('presets profile profiles'),
    type: someOf(...presetNames),
    default: '',
    defaultText: 'none',
    example: 'mcp',
    describe:
      'Header names of well-known protocols, added to allow-headers and expose-headers where these name headers; mcp also answers origins that are not listed with 403.',
  }),
  allowCredentials: option({
    ...perPath,
    brief: {
      usage: '--no-allow-credentials',
      says: 'Lets pages send neither cookies nor authorization.',
    },
    alsoCalled: words('credentials with-credentials cors-credentials cors-allow-credentials'),
    type: boolean,
    defaultText: 'true; false when allow-origins is *',
    example: 'true',
    describe: 'Whether pages may send cookies and authorization.',
  }),
  maxAge: option({
    ...perPath,
    alsoCalled: words('cors-max-age preflight-max-age'),
    type: maxAgeSeconds,
    default: '10m',
    describe:
      'How long a browser may cache a preflight response, up to 24h; unset sends no header.',
  }),
  originFallback: option({
    ...perPath,
    type: text,
    defaultText: 'none',
    example: 'x-original-origin',
    describe:
      'Where the origin is when a gateway strips it: the header it was copied to, or one fixed origin.',
  }),
  onDisallowed: option({
    ...perPath,
    brief: {
      usage: '--on-disallowed block',
      says: 'Refuses pages that are not listed with 403.',
    },
    type: oneOf('omit', 'block', 'public'),
    default: 'omit',
    describe:
      'What happens to origins not listed: omit sends no CORS headers, block responds with 403, public sends * without credentials.',
  }),
  upstreamCors: option({
    ...perPath,
    type: oneOf('replace', 'merge-expose', 'respect'),
    default: 'replace',
    describe: 'What happens to the CORS headers of the upstream.',
  }),
  upstreamOrigin: option({
    ...perPath,
    type: oneOf('pass', 'strip', 'rewrite'),
    default: 'pass',
    describe: 'What the upstream gets as Origin when the origin is allowed.',
  }),
  allowPrivateNetwork: option({
    ...perPath,
    type: boolean,
    default: 'false',
    describe: 'Allows the private-network preflights of older browsers.',
  }),
  timingAllowOrigin: option({
    ...perPath,
    type: boolean,
    default: 'false',
    describe: 'Lets allowed origins read resource timings.',
  }),
  isolate: option({
    ...perPath,
    alsoCalled: words('isolation fetch-metadata resource-isolation csrf cross-origin-protection'),
    type: oneOf('off', 'report', 'api', 'resources'),
    default: 'off',
    describe:
      'What happens to requests that other sites cause, by Sec-Fetch-Site: api lets them through with a CORS grant only, resources also follows their links, report counts and logs what either would refuse.',
  }),
}

export const policyOptions = {
  ...overridable,
  preflight: option({
    ...policy,
    alsoCalled: words('preflight-continue'),
    type: oneOf('answer', 'forward'),
    default: 'answer',
    describe: 'Whether preflights are answered here or by the upstream.',
  }),
  preflightStatus: option({
    ...policy,
    alsoCalled: words('options-success-status'),
    type: preflightStatus,
    default: '204',
    describe: 'Status of an allowed preflight: 200 or 204.',
  }),
  reportOnly: option({
    ...policy,
    alsoCalled: words('dry-run'),
    type: boolean,
    default: 'false',
    describe: 'Judges, logs and counts, but changes no response and refuses nothing.',
  }),
  unsafeAllow: option({
    ...policy,
    type: someOf('null-origin', 'insecure-origins', 'public-suffix-wildcards', 'open-listen'),
    default: '',
    defaultText: 'none',
    example: 'insecure-origins',
    describe:
      'Dangers that stop the start unless named here: null-origin, insecure-origins (http:// pages with credentials), public-suffix-wildcards, open-listen (loopback in allow-origins while other machines can connect).',
  }),
  paths: option({
    ...policy,
    type: pathPolicies({
      allowOrigins: overridable.allowOrigins.type,
      allowMethods: overridable.allowMethods.type,
      allowHeaders: overridable.allowHeaders.type,
      exposeHeaders: overridable.exposeHeaders.type,
      allowCredentials: boolean,
      maxAge: overridable.maxAge.type,
      originFallback: text,
      onDisallowed: overridable.onDisallowed.type,
      upstreamCors: overridable.upstreamCors.type,
      upstreamOrigin: overridable.upstreamOrigin.type,
      allowPrivateNetwork: overridable.allowPrivateNetwork.type,
      timingAllowOrigin: overridable.timingAllowOrigin.type,
      isolate: overridable.isolate.type,
      preset: overridable.preset.type,
    }),
    flag: false,
    variable: false,
    default: '',
    defaultText: 'none',
    describe:
      'Policies for parts of the API: each has a match (a path prefix) and the options it overrides.',
  }),
}
