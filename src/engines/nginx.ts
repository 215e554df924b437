import type { Engine } from './engine.js'
import { type Field, mapsText, type Row, spelt, type Writing } from './nginx-maps.js'
import { type Plan, type PlannedPolicy, policiesOf } from './plan.js'
import { serverLacks } from './server-lacks.js'

export const nginx: Engine = {
  name: 'nginx',
  title: 'nginx',
  proof: 'run',
  comment: '#',
  lacks: ['expose-all', ...serverLacks],
  write: plan => {
    const writing = writingOf(plan)
    const fields = fieldsOf(writing)
    return {
      'cors-maps.conf': mapsText(writing, fields),
      'cors.conf': rulesText(writing, fields),
    }
  },
}

function writingOf(plan: Plan): Writing {
  const policies = policiesOf(plan)
  const isOne = plan.paths.length === 0
  return {
    plan,
    by: isOne ? '' : '$cors_policy:',
    asking: policies.some(({ originFallback }) => originFallback) ? '$cors_asking' : '$http_origin',
    rows: write => policies.flatMap((policy, at) => write(policy, isOne ? '' : `${at}:`)),
  }
}

/** The fields that some answer has, each from a variable that is empty where it has not. */
function fieldsOf({ by, rows }: Writing): Field[] {
  const granted = `"${by}$cors_preflight:$cors_allow_origin"`
  const onGranted = (write: (policy: PlannedPolicy) => string, preflight: '1' | '') =>
    rows((policy, key) => {
      const text = write(policy)
      return text === '' ? [] : [[`~^${key}${preflight}:.`, text]]
    })
  const field = (name: string, source: string, found: readonly Row[]): Field => ({
    name,
    variable: `cors_${name.toLowerCase().replace('access-control-', '').replaceAll('-', '_')}`,
    source,
    rows: found,
  })
  return [
    field('Access-Control-Allow-Origin', `"${by}$cors_listed"`, [
      ...rows(({ origins }, key) => (origins.any ? [[key, '*']] : [])),
      ['default', '$cors_listed'],
    ]),
    field(
      'Access-Control-Allow-Credentials',
      `"${by}$cors_listed"`,
      rows(({ credentials }, key) => (credentials ? [[`~^${key}.`, 'true']] : [])),
    ),
    field(
      'Access-Control-Allow-Methods',
      granted,
      onGranted(({ methods }) => methods.map(spelt).join(', '), '1'),
    ),
    field('Access-Control-Allow-Headers', granted, onGranted(headersText, '1')),
    field(
      'Access-Control-Max-Age',
      granted,
      onGranted(({ maxAge }) => `${maxAge ?? ''}`, '1'),
    ),
    field(
      'Access-Control-Allow-Private-Network',
      `"${by}$cors_preflight:$http_access_control_request_private_network:$cors_allow_origin"`,
      rows(({ allowPrivateNetwork }, key) =>
        allowPrivateNetwork ? [[`~^${key}1:true:.`, 'true']] : [],
      ),
    ),
    field('Access-Control-Expose-Headers', granted, onGranted(exposeText, '')),
    field(
      'Timing-Allow-Origin',
      granted,
      onGranted(({ timingAllowOrigin }) => (timingAllowOrigin ? '$cors_allow_origin' : ''), ''),
    ),
  ].filter(({ rows }) => rows.length > 0)
}

function headersText({ headers, credentials, namesAuthorization }: PlannedPolicy): string {
  if (headers !== '*') return headers.map(spelt).join(', ')
  if (credentials) return '$http_access_control_request_headers'
  return namesAuthorization ? '*, authorization' : '*'
}

function exposeText({ expose, mergesExpose }: PlannedPolicy): string {
  const names = [...expose].map(spelt)
  return [...names, ...(mergesExpose ? ['$upstream_http_access_control_expose_headers'] : [])].join(
    ', ',
  )
}

function rulesText({ plan }: Writing, fields: readonly Field[]): string {
  const statuses = new Set(policiesOf(plan).map(({ preflightStatus }) => preflightStatus))
  const hidden = new Set([
    ...['Origin', 'Credentials', 'Methods', 'Headers', 'Private-Network'].map(
      name => `Access-Control-Allow-${name}`,
    ),
    'Access-Control-Expose-Headers',
    'Access-Control-Max-Age',
    ...fields.map(({ name }) => name),
  ])
  return [
    '# What the upstream says of CORS is taken out.',
    ...[...hidden].map(name => `proxy_hide_header ${name};`),
    '# A field whose variable is empty is not sent. Where a location has its own add_header, include this there.',
    ...fields.map(({ name, variable }) => `add_header ${name} $${variable} always;`),
    'add_header Vary $cors_vary always;',
    'if ($cors_refused) { return 403; }',
    ...[...statuses].map(status => `if ($cors_preflight_status = ${status}) { return ${status}; }`),
    '',
  ].join('\n')
}
