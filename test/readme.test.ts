// README.md, docs/recipes.md and docs/migrating.md do what they say: every block is run as it stands, and
// held against what the text around it promises.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readmeRecipes, recipePages, recipePorts } from './support/readme-recipes.js'
import { blockNamed, blocksOf, createShell, needPorts, root } from './support/recipe.js'

t.setTimeout(120_000)

const blocks = recipePages.flatMap(blocksOf)

/** Blocks that need Docker, a cluster's tools or a fresh clone, and the script that takes them from here. */
const runByScripts: Readonly<Record<string, string>> = {
  demo: 'scripts/check-first-steps.sh',
  start: 'scripts/check-first-steps.sh',
  install: 'scripts/check-first-steps.sh',
  'build-image': 'scripts/check-image.sh',
  docker: 'scripts/check-image.sh',
  compose: 'scripts/check-image.sh',
  kubernetes: 'scripts/check-deploy.sh',
}

t.test('every block of these pages', async t => {
  const named = blocks.filter(({ kind }) => kind === 'run').map(({ name }) => name)
  const unmarked = blocks.filter(({ kind }) => kind === undefined).map(({ text }) => text)
  t.strictSame(unmarked, [], 'is marked with what runs it')
  const run = readmeRecipes.flatMap(({ blocks: names }) => names)
  const all = [...run, ...Object.keys(runByScripts), 'tests']
  t.strictSame([...named].sort(), all.sort(), 'is run, once, and nothing runs that is not there')
  for (const { kind, name } of blocks) {
    if (kind === 'output' || kind === 'file') {
      t.ok(named.includes(name), `the ${kind} of ${name} belongs to a command`)
    }
  }
})

t.test('README.md', async t => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const lines = readme.split('\n').length - 1
  t.ok(lines <= 220, `has ${lines} lines; at most 220`)
  const screen = readme.split('\n').slice(0, 25).join('\n')
  const places = [
    "No 'Access-Control-Allow-Origin' header",
    'npm start -- ',
    'http://localhost:8010/',
  ].map(words => screen.indexOf(words))
  t.notOk(places.includes(-1), 'shows the message, the command and the URL on its first screen')
  t.strictSame(
    places,
    [...places].sort((a, b) => a - b),
    'in that order',
  )
})

t.test('the blocks that are run elsewhere', async t => {
  const everything = readFileSync(join(root, '.ci', 'run'), 'utf8')
  for (const [name, path] of Object.entries(runByScripts)) {
    const script = readFileSync(join(root, path), 'utf8')
    t.match(
      script,
      new RegExp(`(?:readme|recipe)_block ${name}\\)`),
      `${path} takes ${name} from there`,
    )
    t.match(everything, path.replace(/^scripts\/(.*)\.sh$/, '$1'), `${path} is run by .ci/run`)
  }
  t.match(everything, blockNamed(blocks, 'tests').text.trim(), 'the tests are run by .ci/run')
})

t.test('what they show, run as it stands:', async t => {
  const skip = await needPorts(recipePorts)
  for (const recipe of readmeRecipes) {
    await t.test(recipe.blocks.join(', '), { skip: skip || recipe.skip || false }, async t => {
      const shell = createShell()
      t.teardown(() => shell.remove())
      await recipe.run(t, shell)
    })
  }
})

/** The optional members of an interface in a declaration file, by name. */
function membersOf(declarations: string, name: string): string[] {
  const pattern = new RegExp(
    `^( *)interface ${name.replace('$', '\\$')}\\b.*\\{\\n([\\s\\S]*?)^\\1\\}`,
    'm',
  )
  const [, indent = '', body = ''] = pattern.exec(declarations) ?? []
  const member = new RegExp(`^${indent} {2,4}(\\w+)\\?:`, 'gm')
  return [...body.matchAll(member)].map(match => match[1] ?? '')
}

t.test('the table of proxy options names every option of', async t => {
  const page = readFileSync(join(root, 'docs', 'migrating.md'), 'utf8')
  const start = page.indexOf('| there | here |')
  const section = page.slice(start, page.indexOf('\n## ', start))
  const packages = join(root, 'node_modules')
  const vite = readFileSync(join(packages, 'vite/dist/node/index.d.ts'), 'utf8')
  const base = /interface ProxyOptions extends (\S+) \{/.exec(vite)?.[1] ?? ''
  const httpProxy = readFileSync(join(packages, '@types/http-proxy/index.d.ts'), 'utf8')
  for (const [what, options, few] of [
    ['Vite', membersOf(vite, 'ProxyOptions'), 4],
    ['what Vite builds on', membersOf(vite, base), 25],
    ['http-proxy', membersOf(httpProxy, 'ServerOptions'), 25],
  ] as const) {
    t.test(what, async t => {
      t.ok(options.length >= few, 'they are found')
      for (const name of options) t.match(section, new RegExp(`\`${name}\\b`), name)
    })
  }
})
