// Holds Kubernetes manifests against the types of Kubernetes: an unknown field, which the API server
// would drop in silence, is an error here.  node scripts/check-manifests.mjs FILE…
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseAllDocuments } from 'yaml'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Every document of the files as a TypeScript constant of its kind; and where each came from. */
function asTypeScript(files) {
  const text = []
  const origins = []
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      for (const error of document.errors) throw new Error(`${file}: ${error.message}`)
      const manifest = document.toJS()
      if (manifest === null) continue
      const { apiVersion, kind } = manifest
      const module = apiVersion.includes('/')
        ? apiVersion.replace('.k8s.io', '')
        : `core/${apiVersion}`
      // One line for each, so that the compiler's line number leads back to the document.
      text.push(
        `export const m${origins.length}: import('kubernetes-types/${module}').${kind} = ${JSON.stringify(manifest)}`,
      )
      origins.push(`${file}: ${kind} ${manifest.metadata?.name}`)
    }
  }
  return { text: text.join('\n'), origins }
}

const { text, origins } = asTypeScript(process.argv.slice(2))
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
