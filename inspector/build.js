// Bundles the page into dist/inspector: one script, one style sheet and one document for each of
// the inspector and the playground, so that a strict Content-Security-Policy has nothing to except.
import { copyFile, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

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
