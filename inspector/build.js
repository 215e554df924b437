// Bundles the pages into dist/inspector: one script, one style sheet and one document for each of
// the inspector and the playground, so that a strict Content-Security-Policy has nothing to except.
// The guide comes from docs/troubleshooting.md, so that a refusal leads to its cure without a network.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { guidePage } from './guide.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const outdir = fileURLToPath(new URL('../dist/inspector/', import.meta.url))

await mkdir(outdir, { recursive: true })
await build({
  absWorkingDir: here,
  entryPoints: {
    inspector: 'view/inspector.tsx',
    playground: 'view/playground.tsx',
    page: 'style/page.css',
  },
  outdir,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome123', 'firefox121', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
})
for (const name of ['inspector.html', 'playground.html']) {
  await copyFile(`${here}${name}`, `${outdir}${name}`)
}
const guide = await readFile(new URL('../docs/troubleshooting.md', import.meta.url), 'utf8')
await writeFile(`${outdir}guide.html`, guidePage(guide))
