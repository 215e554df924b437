// What is printed or documented to be pasted: no name that is not ours is fetched, and lists are quoted.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { documents, files, root } from './documents.js'

/** Asks a registry for the program by its name, which belongs to whoever takes it there. */
const fetches =
  /\b(?:npx|pnpx|bunx|(?:pnpm|yarn) dlx|npm (?:exec|x|create|init))(?: -(?!-no-install)\S+)* (?:--package[= ])?cors-sidecar\b|\b(?:npm|pnpm|yarn|bun) (?:install|i|ci|add|global add)\b[^\n|;&]* cors-sidecar(?:@\S*)?(?=[\s'"`)]|$)/mu
/** Leaves a link to the clone, so that what is installed changes with it. */
const links =
  /\bnpm (?:install|i)\b(?![^\n]*--install-links)[^\n|;&]* (?:\.|\.\.?\/\S*)(?=[\s`'"]|$)/mu

const read = files.filter(
  name =>
    !/\.(?:png|svg|ico|woff2)$|^package-lock\.json$/.test(name) &&
    name !== 'test/docs/pasting.test.ts',
)

t.test(
  'nothing fetches the name cors-sidecar from a registry, or installs a link to a clone',
  async t => {
    t.ok(read.includes('README.md') && read.includes('deploy/systemd/cors-sidecar.service'))
    for (const name of read) {
      const text = readFileSync(join(root, name), 'utf8')
      t.equal(fetches.exec(text)?.[0], undefined, name)
      t.equal(links.exec(text)?.[0], undefined, name)
    }
  },
)

t.test('what would do so is recognised:', async t => {
  for (const text of [
    'npx cors-sidecar http://localhost:5000',
    'npx --yes cors-sidecar',
    'npm install --global cors-sidecar',
    'npm i cors-sidecar@latest',
    'pnpm dlx cors-sidecar',
    'yarn global add cors-sidecar',
    'npm exec --package=cors-sidecar',
  ]) {
    t.match(text, fetches, text)
  }
  for (const text of ['npm install --global .', 'npm i ../cors-sidecar']) t.match(text, links, text)
  for (const text of [
    'npx --no-install cors-sidecar --version',
    'npm ci && cors-sidecar check',
    'npm install --global --install-links .',
    'docker build -t cors-sidecar .',
  ]) {
    t.notMatch(text, fetches, text)
    t.notMatch(text, links, text)
  }
})

t.test('a list in a command is quoted: PowerShell would take it apart', async t => {
  for (const { name, sections } of documents) {
    for (const { fences } of sections) {
      for (const { language, text } of fences) {
        if (!/^(?:sh|bash|text)$/.test(language)) continue
        for (const command of text.match(/(?:^|\s)cors-sidecar (?:.*\\\n)*.*/gu) ?? []) {
          const bare = command.replace(/'[^']*'|"[^"]*"/gu, '')
          t.notMatch(bare, /--\S+[ =]\S*,\S/u, `${name}: ${command}`)
        }
      }
    }
  }
})
