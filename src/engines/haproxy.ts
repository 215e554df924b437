import type { Engine } from './engine.js'
import { origins, placed, quoted } from './haproxy-origins.js'
import type { Plan, PlannedPolicy } from './plan.js'
import { serverLacks } from './server-lacks.js'

export const haproxy: Engine = {
  name: 'haproxy',
  title: 'HAProxy',
  proof: 'run',
  comment: '#',
  lacks: serverLacks,
  write: plan => {
    const { before, after } = fields(plan)
    const note = '# HAProxy 2.5 or later. Put this into a frontend.'
    return [note, ...origins(plan), ...before, ...verdicts(plan), ...after]
      .map(line => `    ${line.replace(/ if +(?!$)/u, ' if ').replace(/ if $/u, '')}\n`)
      .join('')
  },
}

function verdicts(plan: Plan): string[] {
  const lines = [
    'acl cors_asks var(txn.cors_origin) -m found',
    'acl cors_preflight req.fhdr(access-control-request-method) -m len 1:100',
    'http-request set-var(txn.cors_preflight) bool(true) if METH_OPTIONS cors_asks cors_preflight',
    'acl cors_is_preflight var(txn.cors_preflight) -m bool',
  ]
  const all = placed(plan)
  for (const { policy, listed } of all) {
    const allowOrigin = policy.origins.any ? 'str(*)' : 'var(txn.cors_origin)'
    lines.push(`http-request set-var(txn.cors_allow_origin) ${allowOrigin} if ${listed}`)
  }
  lines.push(
    'acl cors_granted var(txn.cors_allow_origin) -m found',
    'http-request return status 403 if cors_is_preflight !cors_granted',
    ...all
      .filter(({ policy }) => policy.preflight === 'answer')
      .map(
        ({ policy, here }) =>
          `http-request return status ${policy.preflightStatus} if ${here} cors_is_preflight cors_granted`,
      ),
    '# A page of this very host is no stranger.',
    'http-request set-var-fmt(txn.cors_here) "%[ssl_fc,iif(https,http)]://%[req.hdr(host)]"',
    'acl cors_same_site req.fhdr(sec-fetch-site) -m found',
    'acl cors_same req.fhdr(sec-fetch-site) -m str same-origin none',
    'acl cors_same_host var(txn.cors_origin),strcmp(txn.cors_here) eq 0',
    'http-request set-var(txn.cors_same) bool(true) if cors_same || !cors_same_site cors_same_host',
    'acl cors_stranger var(txn.cors_same) -m found',
    'acl cors_upgrade req.fhdr(upgrade) -i -m str websocket',
  )
  const stranger = 'cors_asks !cors_stranger'
  for (const { policy, here, listed } of all) {
    if (policy.origins.any) continue
    const refuse = `http-request return status 403 if ${here} ${stranger} !${listed.split(' ').at(-1)}`
    lines.push(policy.blocks ? refuse : `${refuse} cors_upgrade`)
  }
  if (plan.paths.length > 0) {
    lines.push(
      `http-request return status 403 if { var(txn.cors_policy) -m int lt 0 } ${stranger} cors_upgrade`,
    )
  }
  return lines
}

/** The fields of answers, and what must be remembered of requests for them. */
function fields(plan: Plan): {
  readonly before: readonly string[]
  readonly after: readonly string[]
} {
  const lines = [
    '# What the upstream says of CORS is taken out; this holds for errors of HAProxy, too.',
    'http-after-response del-header access-control- -m beg',
  ]
  const before: string[] = []
  const set = (name: string, text: string, condition: string) =>
    lines.push(`http-after-response set-header ${name} ${text} if ${condition}`)
  set('Access-Control-Allow-Origin', '%[var(txn.cors_allow_origin)]', 'cors_granted')
  for (const { policy, here, listed } of placed(plan)) {
    const { methods, headers, credentials, maxAge } = policy
    if (credentials) set('Access-Control-Allow-Credentials', 'true', listed)
    const granted = `${here} cors_is_preflight cors_granted`
    const echo = (name: string) => {
      const variable = `txn.cors_requested_${name}`
      before.push(`http-request set-var(${variable}) req.fhdr(access-control-request-${name})`)
      return `%[var(${variable})]`
    }
    const allHeaders = () => {
      if (credentials) return echo('headers')
      return policy.namesAuthorization ? quoted('*, authorization') : '*'
    }
    const methodList = list(methods)
    const headerList = headers === '*' ? allHeaders() : list(headers)
    if (methodList !== '') set('Access-Control-Allow-Methods', methodList, granted)
    if (headerList !== '') set('Access-Control-Allow-Headers', headerList, granted)
    if (maxAge !== undefined) set('Access-Control-Max-Age', String(maxAge), granted)
    if (policy.allowPrivateNetwork) {
      before.push(
        'http-request set-var(txn.cors_private) bool(true) if { req.fhdr(access-control-request-private-network) -m str true }',
      )
      set(
        'Access-Control-Allow-Private-Network',
        'true',
        `${granted} { var(txn.cors_private) -m found }`,
      )
    }
    const actual = `${here} !cors_is_preflight cors_granted`
    const exposed = exposedText(policy, before)
    if (exposed !== '') set('Access-Control-Expose-Headers', exposed, actual)
    if (policy.timingAllowOrigin) {
      lines.push(`http-after-response del-header Timing-Allow-Origin if ${here || 'TRUE'}`)
      set('Timing-Allow-Origin', '%[var(txn.cors_allow_origin)]', actual)
    }
    const field = policy.originFallback && 'header' in policy.originFallback
    const vary = ['Origin', ...(field ? [policy.originFallback.header] : [])]
    if (!policy.origins.any)
      lines.push(
        `http-after-response add-header Vary ${list(vary)}${here === '' ? '' : ` if ${here}`}`,
      )
  }
  if (plan.paths.length > 0) {
    lines.push('http-after-response add-header Vary Origin if { var(txn.cors_policy) -m int lt 0 }')
  }
  lines.push(
    "http-after-response add-header Vary 'Access-Control-Request-Method, Access-Control-Request-Headers' if cors_is_preflight",
  )
  return { before: [...new Set(before)], after: lines }
}

function exposedText(policy: PlannedPolicy, before: string[]): string {
  const names = policy.expose === '*' ? ['*'] : [...policy.expose]
  const list = names.map(literal).join(', ')
  if (policy.listsExposed) {
    before.push('http-response set-var(txn.cors_names) res.hdr_names')
    return '%[var(txn.cors_names)]'
  }
  if (!policy.mergesExpose) return list === '' ? '' : quoted(list)
  before.push('http-response set-var(txn.cors_theirs) res.fhdr(access-control-expose-headers)')
  return quoted(`${list}, %[var(txn.cors_theirs)]`)
}

const list = (names: readonly string[]): string =>
  names.length === 0 ? '' : quoted(names.map(literal).join(', '))

/** In the texts of fields a percent sign begins a format. */
const literal = (name: string): string => name.replaceAll('%', '%%')
