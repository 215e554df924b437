// What npm brings along: written down, pinned, and complete for every platform.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface LockedPackage {
  readonly dev?: boolean
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly license?: string
  readonly hasInstallScript?: boolean
  readonly optionalDependencies?: Record<string, string>
}

const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
)
const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
const production = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev)

/** Every package that may reach a user's machine. A new line here is a decision, not a formality. */
const productionPackages = [
  '@opentelemetry/api',
  '@pinojs/redact',
  'ansi-regex',
  'ansi-styles',
  'atomic-sleep',
  'bintrees',
  'cliui',
  'colorette',
  'dateformat',
  'dotenv',
  'emoji-regex',
  'end-of-stream',
  'escalade',
  'eventemitter3',
  'fast-copy',
  'fast-safe-stringify',
  'follow-redirects',
  'get-caller-file',
  'get-east-asian-width',
  'help-me',
  'http-proxy',
  'joycon',
  'minimist',
  'on-exit-leak-free',
  'once',
  'pino',
  'pino-abstract-transport',
  'pino-pretty',
  'pino-std-serializers',
  'process-warning',
  'prom-client',
  'pump',
  'quick-format-unescaped',
  'real-require',
  'requires-port',
  'safe-stable-stringify',
  'secure-json-parse',
  'sonic-boom',
  'split2',
  'string-width',
  'strip-ansi',
  'strip-json-comments',
  'tdigest',
  'thread-stream',
  'tldts',
  'tldts-core',
  'undici',
  'wrap-ansi',
  'wrappy',
  'y18n',
  'yaml',
  'yargs',
  'yargs-parser',
]

/** Licences that ask for no more than their own text to be passed on. */
const permissive = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']

t.test('the production packages are those on the written list', async t => {
  const installed = production.map(([path]) => nameOf(path))
  t.strictSame([...new Set(installed)].sort(), [...productionPackages].sort())
})

t.test('no production package runs a script when it is installed', async t => {
  t.strictSame(
    production.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
    [],
  )
})

t.test('every production package has a permissive licence', async t => {
  t.strictSame(
    production
      .filter(([, { license }]) => !permissive.includes(license ?? 'none'))
      .map(([path, { license }]) => `${path}: ${license}`),
    [],
  )
})

t.test('every direct dependency is pinned to one exact version', async t => {
  const manifest: Record<'dependencies' | 'devDependencies', Record<string, string>> = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  for (const [name, version] of Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
  })) {
    t.match(version, /^\d+\.\d+\.\d+$/, name)
  }
})

t.test('the lock file names the parts of every platform, or npm ci would fail on some', async t => {
  const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).filter(
      name => !Object.keys(lock.packages).some(path => path.endsWith(`node_modules/${name}`)),
    ),
  )
  t.strictSame(missing, [])
})

t.test('the lock file holds the hash of every package, and no registry to get it from', async t => {
  const wrong = Object.entries(lock.packages).filter(
    ([path, { integrity = '', resolved }]) =>
      path !== '' && (resolved !== undefined || !/^sha512-[\w+/]{86}==$/.test(integrity)),
  )
  t.strictSame(
    wrong.map(([path]) => path),
    [],
  )
})

t.test('the bill of materials lists the production packages, the same each time', async t => {
  const print = () =>
    execFileSync(process.execPath, [join(root, 'scripts/sbom.mjs')], { encoding: 'utf8' })
  const text = print()
  const bill: {
    bomFormat: string
    metadata: { component: { name: string } }
    components: { name: string; version: string; hashes: { alg: string }[] }[]
  } = JSON.parse(text)
  t.equal(bill.bomFormat, 'CycloneDX')
  t.equal(bill.metadata.component.name, 'cors-sidecar')
  t.strictSame(
    bill.components.map(({ name, version }) => `${name} ${version}`).sort(),
    production.map(([path, { version }]) => `${nameOf(path)} ${version}`).sort(),
  )
  t.ok(bill.components.every(({ hashes }) => hashes.some(({ alg }) => alg === 'SHA-512')))
  t.equal(print(), text)
})

t.test('THIRD-PARTY-LICENSES is what npm run generate writes', async t => {
  const script: { thirdPartyLicences(root: string): string } = await import(
    join(root, 'scripts/third-party-licences.mjs')
  )
  const text = readFileSync(join(root, 'THIRD-PARTY-LICENSES'), 'utf8')
  t.equal(text, script.thirdPartyLicences(root), 'run npm run generate and commit what it writes')
  for (const [path, { version, license }] of production) {
    t.ok(text.includes(`\n${nameOf(path)} ${version} (${license})\n`), path)
  }
})
