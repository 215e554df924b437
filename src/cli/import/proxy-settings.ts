// Rules of a dev server's proxy as settings of this one.
import { optionRow } from '../../config/options.js'
import type { Imported, Plain } from './imported.js'
import type { ProxyRule } from './proxy-rules.js'
import { entriesOf, type Note, note, plainOf, shownValue, textOf } from './source-value.js'

type Settings = Record<string, Plain>

/** Options that say what holds here anyway, or nothing that a request could tell. */
const silent = new Set(
  `target context pathFilter path changeOrigin rewrite pathRewrite prependPath ignorePath ws xfwd autoRewrite
  protocolRewrite preserveHeaderKeyCase logLevel logger logProvider debug secure headers auth timeout
  proxyTimeout cookieDomainRewrite rewriteWsOrigin`.split(/\s+/),
)

/** What can be done about some of the others. */
const advice: { readonly [option: string]: string } = {
  bypass: 'Here every request below the prefix is forwarded.',
  router: 'Write a route for each of its prefixes; a route can’t be chosen by host.',
  ca: 'Name the file of the certificate with upstreamCa.',
  agent: 'Certificates that it holds are named with upstreamCa, upstreamCert and upstreamKey.',
  ssl: 'To listen with TLS, set tlsCert and tlsKey.',
  hostRewrite: 'Redirects to the upstream’s own address come back here.',
  configure: 'setRequestHeaders and setResponseHeaders may do what it did.',
  on: 'setRequestHeaders and setResponseHeaders may do what it did.',
  onProxyReq: 'setRequestHeaders may do what it did.',
  onProxyRes: 'setResponseHeaders may do what it did.',
  followRedirects: 'The browser follows redirects.',
}

/** The import of some rules and what was noted while they were read; without settings where there is no rule. */
export function proxyImport(
  title: string,
  rules: readonly ProxyRule[],
  notes: readonly Note[],
): Imported {
  const warnings = [...notes]
  if (rules.length === 0) return { title, settings: {}, warnings }
  const settings = { allowOrigins: ['http://localhost:*'], ...settingsOf(rules, warnings) }
  warnings.push(note(undefined, pageOrigin))
  return { title, settings, warnings }
}

const pageOrigin =
  'There the page and the API had one origin, so there was no policy to read. http://localhost:* lets every port of this machine in: write the origin of your page instead.'

function settingsOf(rules: readonly ProxyRule[], notes: Note[]): Imported['settings'] {
  for (const rule of rules) {
    for (const { key, line } of rule.options) {
      if (silent.has(key)) continue
      const more = advice[key] === undefined ? '' : ` ${advice[key]}`
      notes.push({
        line,
        text: `${rule.prefix}: ${key} has no counterpart and is left out.${more}`,
      })
    }
  }
  const shared: Settings = {
    ...insecure(rules, notes),
    ...timeout(rules, notes),
    ...cookies(rules, notes),
    ...headers(rules, notes),
  }
  const routes = withoutRepeats(rules, notes).map(routeOf)
  noteOrder(rules, notes)
  const [only] = routes
  if (routes.length === 1 && only?.prefix === '/') {
    const { prefix, ...upstream } = only
    return { ...upstream, ...shared }
  }
  return { ...shared, routes }
}

const routeOf = ({ prefix, upstream, changesHost, stripPrefix, options }: ProxyRule): Settings => ({
  prefix,
  upstream,
  hostHeader: hostField(options) ?? (changesHost ? 'upstream' : 'client'),
  ...(stripPrefix ? { stripPrefix } : {}),
})

const optionOf = ({ options }: ProxyRule, name: string) =>
  options.findLast(({ key }) => key === name)?.value

function withoutRepeats(rules: readonly ProxyRule[], notes: Note[]): readonly ProxyRule[] {
  const first = new Map<string, ProxyRule>()
  for (const rule of rules) {
    const earlier = first.get(rule.prefix)
    if (earlier === undefined) first.set(rule.prefix, rule)
    else if (earlier.upstream !== rule.upstream || earlier.stripPrefix !== rule.stripPrefix) {
      notes.push(
        note(rule, `${rule.prefix} came first in line ${earlier.line}, so this one is left out.`),
      )
    }
  }
  return [...first.values()]
}

function noteOrder(rules: readonly ProxyRule[], notes: Note[]): void {
  for (const [at, { prefix, line }] of rules.entries()) {
    const hidden = rules
      .slice(at + 1)
      .find(later => later.prefix !== prefix && later.prefix.startsWith(prefix))?.prefix
    if (hidden === undefined) continue
    notes.push({
      line,
      text: `There ${prefix} came first and hid ${hidden}; here the longest prefix wins.`,
    })
  }
}

// One switch for all upstreams: it must not open those that were verified.
function insecure(rules: readonly ProxyRule[], notes: Note[]): Settings {
  const secured = rules.filter(({ upstream }) => upstream.startsWith('https:'))
  const open = secured.filter(rule => plainOf(optionOf(rule, 'secure')) === false)
  const [first] = open
  if (first === undefined) return {}
  const at = optionOf(first, 'secure')
  if (open.length < secured.length) {
    notes.push(
      note(
        at,
        `${first.prefix}: secure: false is left out, since here it would leave every upstream unverified. upstreamCa trusts its certificate.`,
      ),
    )
    return {}
  }
  notes.push(
    note(
      at,
      'secure: false leaves every upstream unverified here; upstreamCa would trust its certificate instead.',
    ),
  )
  return { upstreamInsecure: true }
}

function timeout(rules: readonly ProxyRule[], notes: Note[]): Settings {
  const given = rules.flatMap(rule => {
    const value = optionOf(rule, 'proxyTimeout') ?? optionOf(rule, 'timeout')
    const wait = Number(plainOf(value))
    return value !== undefined && wait > 0 ? [{ wait: Math.round(wait), value }] : []
  })
  const longest = Math.max(...given.map(({ wait }) => wait))
  const [first] = given
  if (first === undefined) return {}
  if (given.length < rules.length || given.some(({ wait }) => wait !== longest)) {
    notes.push(note(first.value, `Here one timeout holds for all upstreams: ${longest}ms.`))
  }
  return { upstreamTimeout: `${longest}ms` }
}

function cookies(rules: readonly ProxyRule[], notes: Note[]): Settings {
  const given = rules.flatMap(rule => optionOf(rule, 'cookieDomainRewrite') ?? [])
  const on = given.find(value => plainOf(value) !== false)
  if (on === undefined) return {}
  const domains = [textOf(on), ...entriesOf(on).map(({ value }) => textOf(value))]
  const named = domains.find(
    domain => domain !== undefined && !/^(?:|localhost|127\.0\.0\.1)$/.test(domain),
  )
  if (named !== undefined) {
    notes.push(note(on, `cookieDomainRewrite to ${named} can’t be said here, and is left out.`))
    return {}
  }
  notes.push(
    note(
      on,
      'cookieRewrite: dev drops Domain as asked, and on plain HTTP Secure and SameSite=None.',
    ),
  )
  return { cookieRewrite: 'dev' }
}

const hostField = (options: ProxyRule['options']): string | undefined =>
  textOf(
    entriesOf(options.findLast(({ key }) => key === 'headers')?.value).find(({ key }) =>
      /^host$/i.test(key),
    )?.value,
  )

// Fields may be secrets, and here they go to every upstream: where there are several, none gets them.
function headers(rules: readonly ProxyRule[], notes: Note[]): Settings {
  const fields: string[] = []
  const upstreams = new Set(rules.map(({ upstream }) => new URL(upstream).origin))
  let rewritesOrigin = rules.some(rule => plainOf(optionOf(rule, 'rewriteWsOrigin')) === true)
  for (const rule of rules) {
    for (const { key, value, line } of fieldsOf(rule)) {
      const text = textOf(value)
      const leftOut = (why: string): void => {
        notes.push({ line, text: `${rule.prefix}: its header ${key} is left out: ${why}` })
      }
      if (/^host$/i.test(key) && text !== undefined) continue
      if (text === undefined) leftOut(`${shownValue(value)} is known only when the file is run.`)
      else if (/^origin$/i.test(key)) {
        rewritesOrigin ||= text === new URL(rule.upstream).origin
        if (text !== new URL(rule.upstream).origin)
          leftOut('here Origin is passed on, or is the upstream’s own.')
      } else if (upstreams.size > 1) leftOut('here it would be sent to every upstream.')
      else {
        const fault = optionRow('setRequestHeaders').type.parse([`${key}: ${text}`], {
          split: false,
        })
        if (!fault.ok) leftOut(`it ${fault.findings[0]?.reason}.`)
        else if (!fields.includes(`${key}: ${text}`)) {
          fields.push(`${key}: ${text}`)
          if (rule.prefix !== '/') {
            notes.push({
              line,
              text: `${rule.prefix}: its header ${key} is sent to every upstream here.`,
            })
          }
        }
      }
    }
  }
  return {
    ...(fields.length > 0 ? { setRequestHeaders: fields } : {}),
    ...(rewritesOrigin ? { upstreamOrigin: 'rewrite' } : {}),
  }
}

function fieldsOf(rule: ProxyRule) {
  const auth = optionOf(rule, 'auth')
  const fields = entriesOf(optionOf(rule, 'headers'))
  const text = textOf(auth)
  if (auth === undefined) return fields
  const { line } = auth
  return text === undefined
    ? [...fields, { key: 'Authorization', value: auth, line }]
    : [
        ...fields,
        {
          key: 'Authorization',
          value: {
            kind: 'scalar',
            value: `Basic ${Buffer.from(text).toString('base64')}`,
            line,
          } as const,
          line,
        },
      ]
}
