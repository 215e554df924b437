// Holds Kubernetes manifests against the types of Kubernetes: an unknown field, which the API server
// would drop in silence, is an error here.  node scripts/check-manifests.mjs [--types DIR] FILE…
// DIR is where the types of what is not Kubernetes' own are installed: Gateway API, Prometheus operator.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseAllDocuments } from 'yaml'

const root = fileURLToPath(new URL('..', import.meta.url))

const models = {
  'gateway.networking.k8s.io': 'gateway-api',
  'monitoring.coreos.com': 'prometheus-operator',
}

/** The type of a manifest, as an import. */
function typeOf({ apiVersion, kind }, types) {
  const model = models[apiVersion.split('/')[0]]
  if (model !== undefined) {
    return `import('${types}/node_modules/@kubernetes-models/${model}/${apiVersion}/${kind}').I${kind}`
  }
  const module = apiVersion.includes('/') ? apiVersion.replace('.k8s.io', '') : `core/${apiVersion}`
  return `import('kubernetes-types/${module}').${kind}`
}

/** Every document of the files as a TypeScript constant of its kind; and where each came from. */
function asTypeScript(files, types) {
  const text = []
  const origins = []
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      for (const error of document.errors) throw new Error(`${file}: ${error.message}`)
      const manifest = document.toJS()
      if (manifest === null) continue
      // One line for each, so that the compiler's line number leads back to the document.
      text.push(
        `export const m${origins.length}: ${typeOf(manifest, types)} = ${JSON.stringify(manifest)}`,
      )
      origins.push(`${file}: ${manifest.kind} ${manifest.metadata?.name}`)
    }
  }
  return { text: text.join('\n'), origins }
}

const given = process.argv.slice(2)
const [types, files] = given[0] === '--types' ? [given[1], given.slice(2)] : ['', given]
const { text, origins } = asTypeScript(files, types)
// Inside the project, because that is where the types are found from.
const folder = mkdtempSync(join(root, 'node_modules', '.check-manifests-'))
try {
  writeFileSync(join(folder, 'manifests.ts'), text)
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--module',
    'preserve',
    '--target',
    'es2023',
  ]
  // The compiler itself, not its launcher: a test runner's hooks follow every Node.js child process.
  const launcherParts = join(root, 'node_modules', 'typescript', 'lib', 'getExePath.js')
  const { default: compilerPath } = await import(pathToFileURL(launcherParts).href)
  const { stdout, stderr, status } = spawnSync(
    compilerPath(),
    [...options, '--types', '', 'manifests.ts'],
    { cwd: folder, encoding: 'utf8' },
  )
  process.stdout.write(
    stdout.replaceAll(/^manifests\.ts\((\d+),\d+\)/gm, (_, line) => origins[Number(line) - 1]),
  )
  process.stderr.write(stderr)
  if (status === 0) process.stdout.write(`${origins.length} manifests fit their types\n`)
  process.exitCode = status
} finally {
  rmSync(folder, { recursive: true })
}
