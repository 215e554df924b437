// What is in deploy/ says the same as the program: its settings load without a word of complaint,
// its metrics exist, its probes ask what is there.
import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { loadSettings } from '../src/config/load.js'
import { problemText } from '../src/config/problem.js'
import { configSchema } from '../src/config/reference.js'
import type { Flags } from '../src/config/sources.js'
import { createMetrics } from '../src/observe/metrics.js'
import { sampleExchange } from './observe/sample-exchange.js'
import { blockNamed, blocksOf } from './support/recipe.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readText = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

interface Container {
  readonly name: string
  readonly image: string
  readonly args?: string[]
  readonly env?: { name: string; value: string }[]
  readonly ports?: { name?: string; containerPort: number }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly securityContext?: unknown
}
interface Probe {
  readonly httpGet: { path: string; port: string }
}
interface PodSpec {
  readonly enableServiceLinks?: boolean
  readonly initContainers?: Container[]
  readonly containers?: Container[]
}
interface Manifest {
  readonly kind: string
  readonly spec?: {
    template?: { spec: PodSpec }
    ports?: { targetPort: string }[]
    ingress?: { ports: { port: string }[] }[]
  }
}

const kubernetes = join('deploy', 'kubernetes')
const files = readdirSync(join(root, kubernetes), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.yaml') && !name.endsWith('kustomization.yaml'))
  .sort()
const manifestsOf = (file: string): Manifest[] =>
  parseAllDocuments(readText(kubernetes, file)).map(document => document.toJS())

/** The sidecar of a manifest that has one. */
function sidecarOf(manifest: Manifest): { pod: PodSpec; sidecar: Container } | undefined {
  const pod = manifest.spec?.template?.spec
  const all = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]
  const sidecar = all.find(({ name }) => name === 'cors-sidecar')
  return pod && sidecar ? { pod, sidecar } : undefined
}

/** What the program would warn of or refuse in these settings in its image, in words. */
async function complaints(given: {
  args?: readonly string[]
  flags?: Flags
  env?: Record<string, string>
  isImage?: boolean
}): Promise<string[]> {
  const { problems } = await loadSettings({
    arguments: given.args ?? [],
    flags: given.flags ?? {},
    env: {
      NODE_ENV: 'production',
      // Every pod has the second.
      ...(given.isImage === false
        ? {}
        : { CORS_SIDECAR_IMAGE: '1', KUBERNETES_SERVICE_HOST: '10.96.0.1' }),
      ...given.env,
    },
    cwd: root,
    isTerminal: false,
    nodeVersion: '24.0.0',
    now: Date.parse('2026-01-01'),
  })
  return problems
    .filter(({ severity }) => severity !== 'info')
    .map(problem => problemText(problem).what)
}

t.test('the settings of', async t => {
  for (const file of files) {
    for (const manifest of manifestsOf(file)) {
      const found = sidecarOf(manifest)
      if (found?.sidecar.args === undefined) continue
      t.test(`${kubernetes}/${file} are accepted without a word`, async t => {
        const { args, env = [] } = found.sidecar
        const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]))
        t.strictSame(await complaints({ args: args ?? [], env: variables }), [])
      })
    }
  }

  t.test('the kustomize example are accepted without a word', async t => {
    const { configMapGenerator } = parse(readText(kubernetes, 'example', 'kustomization.yaml'))
    const literals: string[] = configMapGenerator[0].literals
    const env = Object.fromEntries(literals.map(line => line.split(/=(.*)/s, 2)))
    t.strictSame(await complaints({ env }), [])
  })

  t.test('docker-compose.yml are accepted without a word', async t => {
    const service = parse(readText('docker-compose.yml')).services['cors-sidecar']
    const env: Record<string, string> = {}
    for (const [name, value] of Object.entries<string>(service.environment)) {
      env[name] = value.replace(/\$\{\w+:-(.*)\}/, '$1')
    }
    t.strictSame(await complaints({ args: service.command, env }), [])
  })

  t.test(
    'what docs/recipes.md pastes into a pod and a composition are accepted without a word',
    async t => {
      const blocks = blocksOf('docs/recipes.md')
      const sidecar = sidecarOf(parse(blockNamed(blocks, 'kubernetes').text))?.sidecar
      const composition = parse(blockNamed(blocks, 'compose').text)
      const command: string = composition.services['cors-sidecar'].command
      for (const words of [sidecar?.args ?? [], command.split(' ')]) {
        const [upstream = '', flag, origin = ''] = words
        t.equal(flag, '-o')
        t.strictSame(await complaints({ args: [upstream], flags: { 'allow-origins': origin } }), [])
      }
    },
  )

  t.test('the Helm chart are accepted without a word', async t => {
    const { settings } = parse(readText('deploy', 'helm', 'cors-sidecar', 'values.yaml'))
    const folder = t.testdir({ 'settings.json': JSON.stringify(settings) })
    t.strictSame(await complaints({ flags: { config: `${folder}/settings.json` } }), [])
  })

  t.test('the Helm chart are held to the same schema as a configuration file', async t => {
    const schema = JSON.parse(readText('deploy', 'helm', 'cors-sidecar', 'values.schema.json'))
    const { $schema, ...settings } = JSON.parse(configSchema())
    t.match(schema, { $schema, type: 'object', additionalProperties: false })
    t.strictSame(schema.properties.settings, settings)
    const values = parse(readText('deploy', 'helm', 'cors-sidecar', 'values.yaml'))
    t.strictSame(
      Object.keys(schema.properties).sort(),
      [...Object.keys(values), 'global'].sort(),
      'every value is there, and no other is taken',
    )
  })

  t.test('the systemd unit are accepted without a word', async t => {
    const path = join(root, 'deploy', 'systemd', 'cors-sidecar.env')
    t.strictSame(await complaints({ flags: { 'env-file': path }, isImage: false }), [])
  })

  t.test('a manifest with a misspelt name would be complained about', async t => {
    const env = { CORS_SIDECAR_ALOW_ORIGINS: 'https://app.example.com' }
    t.match(await complaints({ args: ['http://127.0.0.1:5000'], env }), [
      /CORS_SIDECAR_ALOW_ORIGINS/,
    ])
  })
})

t.test('every sidecar in a pod', async t => {
  const sidecars = files.flatMap(file =>
    manifestsOf(file).flatMap(manifest => {
      const found = sidecarOf(manifest)
      return found ? [{ file, ...found }] : []
    }),
  )
  t.ok(sidecars.length >= 5, 'they are found')
  for (const { file, pod, sidecar } of sidecars) {
    t.test(`of ${file}`, async t => {
      t.equal(pod.enableServiceLinks, false, 'is spared the variables of other Services')
      t.match(
        sidecar.securityContext,
        {
          runAsUser: 65532,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        'runs as nobody, and may do nothing',
      )
      t.strictSame(
        sidecar.ports,
        [
          { name: 'cors-sidecar', containerPort: 8010 },
          { name: 'cors-admin', containerPort: 8011 },
        ],
        'has the ports of the image',
      )
      t.match(sidecar.startupProbe?.httpGet, { path: '/startupz', port: 'cors-admin' })
      if (!file.startsWith('job')) {
        t.match(sidecar.livenessProbe?.httpGet, { path: '/livez', port: 'cors-admin' })
        t.match(sidecar.readinessProbe?.httpGet, { path: '/readyz', port: 'cors-admin' })
      }
    })
  }
})

t.test('Services and NetworkPolicies name ports of the sidecar', async t => {
  const named = files.flatMap(file =>
    manifestsOf(file).flatMap(({ kind, spec }) => {
      if (file.startsWith('example')) return []
      if (kind === 'Service') return (spec?.ports ?? []).map(({ targetPort }) => targetPort)
      if (kind !== 'NetworkPolicy') return []
      return (spec?.ingress ?? []).flatMap(({ ports }) => ports.map(({ port }) => port))
    }),
  )
  t.strictSame([...new Set(named)].sort(), ['cors-admin', 'cors-sidecar'])
})

t.test('no manifest has a field that Kubernetes would drop', async t => {
  const whole = files
    .filter(name => !name.endsWith('-patch.yaml'))
    .map(name => join(kubernetes, name))
  const { stdout, stderr, status } = spawnSync('node', ['scripts/check-manifests.mjs', ...whole], {
    cwd: root,
    encoding: 'utf8',
  })
  t.equal(status, 0, `${stdout}${stderr}`)
})

t.test('every query', async t => {
  const metrics = createMetrics({ version: '0.0.0' })
  metrics.record(sampleExchange({ failure: 'reset' }))
  metrics.connectionDropped('limit')
  const text = await metrics.render()
  const names = new Set([...text.matchAll(/^([a-z0-9_]+)[{ ]/gm)].map(match => match[1]))
  const labels = new Set([
    ...[...text.matchAll(/[{,]([a-z_]+)="/g)].map(match => match[1]),
    // Prometheus adds these two to whatever it scrapes.
    'job',
    'instance',
  ])

  const dashboard: { panels: { title: string; targets?: { expr: string }[] }[] } = JSON.parse(
    readText('deploy', 'grafana', 'cors-sidecar.json'),
  )
  const rules: { groups: { rules: { alert: string; expr: string }[] }[] } = parse(
    readText('deploy', 'prometheus', 'alerts.yaml'),
  )
  const queries = [
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => [`of the panel “${title}”`, expr] as const),
    ),
    ...rules.groups.flatMap(group =>
      group.rules.map(({ alert, expr }) => [`of the alert ${alert}`, expr] as const),
    ),
  ]
  t.ok(queries.length > 25, 'they are found')
  for (const [name, query] of queries) {
    t.test(`${name} names metrics and labels that exist`, async t => {
      const used = query.match(/\b(?:cors_sidecar|process|nodejs)_[a-z0-9_]+/g) ?? []
      t.not(used.length, 0)
      for (const metric of used) t.ok(names.has(metric), metric)
      const lists = [...query.matchAll(/\b(?:by|on) \(([a-z_, ]+)\)/g)].map(match => match[1] ?? '')
      const chosen = [...query.matchAll(/[{,]([a-z_]+)=~?"/g)].map(match => match[1] ?? '')
      for (const label of [...lists.flatMap(list => list.split(', ')), ...chosen]) {
        t.ok(labels.has(label), label)
      }
    })
  }
})

t.test('every alert has a page that says what to do, and every page an alert', async t => {
  const {
    groups,
  }: { groups: { rules: { alert: string; annotations: Record<string, string> }[] }[] } = parse(
    readText('deploy', 'prometheus', 'alerts.yaml'),
  )
  const rules = groups.flatMap(({ rules }) => rules)
  for (const { alert, annotations } of rules) {
    const [title = ''] = readText(annotations.runbook_url ?? 'none').split('\n', 1)
    t.ok(title.startsWith(`# ${alert}: `), `${annotations.runbook_url} is about ${alert}`)
  }
  const pages = readdirSync(join(root, 'docs', 'alerts')).filter(name => name !== 'README.md')
  t.strictSame(
    rules.map(({ annotations }) => annotations.runbook_url).sort(),
    pages.map(name => `docs/alerts/${name}`).sort(),
  )
})

t.test('every panel says what it shows, also while there is nothing to show', async t => {
  const {
    panels,
  }: {
    panels: {
      type: string
      title: string
      description?: string
      fieldConfig?: { defaults: { noValue?: string } }
    }[]
  } = JSON.parse(readText('deploy', 'grafana', 'cors-sidecar.json'))
  for (const { type, title, description = '', fieldConfig } of panels) {
    if (type === 'row') continue
    t.match(description, /^\S.*\.$/, title)
    t.ok(fieldConfig?.defaults.noValue, `${title} has a word for no value`)
  }
})

t.test('the base of the image is pinned by its digest', async t => {
  const dockerfile = readText('Dockerfile')
  t.equal(dockerfile.match(/^FROM /gm)?.length, 3)
  t.notMatch(dockerfile, /^FROM (?!\$\{BASE\})/m, 'every stage has the one that is pinned')
  t.match(dockerfile, /^ARG BASE=node:24-bookworm-slim@sha256:[0-9a-f]{64}$/m)

  // What a registry would say, in the place of docker.
  const newest = `sha256:${'ab'.repeat(32)}`
  const renewed = (says: string) => {
    const folder = t.testdir({
      Dockerfile: dockerfile,
      scripts: { 'renew-base.sh': readText('scripts', 'renew-base.sh') },
      bin: {
        docker: `#!/bin/sh\n[ "$*" = 'buildx imagetools inspect node:24-bookworm-slim --format {{.Manifest.Digest}}' ] && echo '${says}'\n`,
      },
    })
    chmodSync(join(folder, 'bin', 'docker'), 0o755)
    const { status, stdout } = spawnSync('bash', [join(folder, 'scripts', 'renew-base.sh')], {
      encoding: 'utf8',
      env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
    })
    return { status, stdout, text: readFileSync(join(folder, 'Dockerfile'), 'utf8') }
  }
  const { status, stdout, text } = renewed(newest)
  t.equal(status, 0)
  t.match(stdout, `now node:24-bookworm-slim@${newest}`)
  t.equal(
    text,
    dockerfile.replace(/sha256:[0-9a-f]{64}/, newest),
    'one command writes the newest, and nothing else',
  )
  const failed = renewed('no such image')
  t.equal(failed.status, 1)
  t.equal(failed.text, dockerfile, 'what is no digest is not written')
})
