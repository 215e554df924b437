// Every example of docs/api.md is run as it stands there, and prints what the page says it prints.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/api.md'), 'utf8')

const examples = [
  ...page.matchAll(/^## (.+)$|^```js\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm),
]

// Installed the way npm would, so that the examples find it by its name; not below the repository, which
// would then hold itself.
const project = mkdtempSync(join(tmpdir(), 'cors-sidecar-api-'))
t.teardown(() => rmSync(project, { recursive: true }))
mkdirSync(join(project, 'node_modules'))
symlinkSync(root, join(project, 'node_modules', 'cors-sidecar'))

t.ok(examples.some(([, , code]) => code !== undefined))
let section = ''
for (const [, heading, code, printed] of examples) {
  section = heading ?? section
  if (code === undefined) continue
  t.test(`the example below "${section}" prints what the page says`, async t => {
    const { PATH } = process.env
    const { stdout, stderr } = await run(
      process.execPath,
      ['--input-type=module', '--eval', code],
      { cwd: project, env: { PATH }, timeout: 30_000 },
    )
    t.equal(stdout, printed)
    t.equal(stderr, '')
  })
}
