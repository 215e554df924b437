// Whatever a document says to type or to set exists: flags, variables, commands.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commands } from '../../src/cli/commands.js'
import { optionNames, optionRow } from '../../src/config/options.js'
import { flagName, variableName } from '../../src/terms/option-names.js'
import { documents, root } from './documents.js'

const optionFlags = optionNames.flatMap(name => {
  const { singular, short } = optionRow(name)
  return [`--${flagName(name)}`, ...(singular ? [`--${flagName(singular)}`] : []), `-${short}`]
})
const commonFlags = ['--help', '--version', '-h', '-v', '-p']
const ownFlags = commands.flatMap(({ flags }) => Object.keys(flags).map(name => `--${name}`))
const known: ReadonlySet<string> = new Set([...optionFlags, ...commonFlags, ...ownFlags])
const commandNames: ReadonlySet<string> = new Set([...commands.map(({ name }) => name), 'help'])

const variables: ReadonlySet<string> = new Set(
  optionNames.flatMap(name => {
    const { singular } = optionRow(name)
    const all = [variableName(name), ...(singular ? [variableName(singular)] : [])]
    return all.flatMap(one => [one, `${one}_FILE`])
  }),
)

/** The tools of this repository have flags of their own. */
const toolTexts = ['bench', 'scripts', 'test/fuzz', 'test/operations', 'test/soak'].flatMap(
  folder =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => readFileSync(join(root, folder, entry.name), 'utf8')),
)

function isFlag(flag: string): boolean {
  return (
    known.has(flag) ||
    process.allowedNodeEnvironmentFlags.has(flag) ||
    toolTexts.some(text => text.includes(flag))
  )
}

/** The words behind each `cors-sidecar` that is called in a text, up to the end of the command. */
function callsIn(text: string): string[][] {
  return text
    .replace(/\\\n\s*/gu, ' ')
    .split('\n')
    .flatMap(line => {
      const called = /(?:^|[\s/])cors-sidecar(?= |$)(.*)/u.exec(line)?.[1]
      if (called === undefined) return []
      const bare = called.replace(/'[^']*'|"[^"]*"/gu, 'x')
      const command = bare.split(/ [|;#]| && | & /u)[0] ?? ''
      return [command.split(/\s+/u).filter(word => word !== '')]
    })
}

/** What is wrong with a call of the program, in words. */
function complaints([first = '', ...words]: readonly string[]): string[] {
  const isCommand = /^[a-z]+$/u.test(first)
  const flags = [first, ...words]
    .filter(word => /^--?[a-z]/u.test(word))
    .map(word => word.split('=')[0] ?? '')
  return [
    ...(isCommand && !commandNames.has(first) ? [`there is no command ${first}`] : []),
    ...flags.filter(flag => !known.has(flag)).map(flag => `there is no flag ${flag}`),
  ]
}

for (const { name, text, sections } of documents) {
  t.test(`${name} names only what there is`, async t => {
    const fenced = sections.flatMap(({ fences }) =>
      fences.filter(({ language }) => /^(?:sh|bash|text|)$/u.test(language)),
    )
    // In what is printed, only what stands behind a prompt was typed.
    const typed = fenced.map(fence =>
      /^(?:sh|bash)$/u.test(fence.language) ? fence.text : fence.text.replace(/^(?!\$ ).*$/gmu, ''),
    )
    const spans = [...text.matchAll(/(?<!`)`([^`\n]+)`(?!`)/gu)].map(([, span = '']) => span)
    const called = spans.filter(span => span.startsWith('cors-sidecar '))
    t.strictSame([...typed, ...called].flatMap(callsIn).flatMap(complaints), [], 'calls')
    const flags = spans
      .filter(span => /^--[a-z]/u.test(span))
      .map(span => /^--[\w-]+/u.exec(span)?.[0] ?? '')
    t.strictSame(
      flags.filter(flag => !isFlag(flag)),
      [],
      'flags',
    )
    const named = [...text.matchAll(/CORS_SIDECAR_[A-Z_]*[A-Z]/gu)].map(([variable]) => variable)
    t.strictSame(
      named.filter(variable => !variables.has(variable)),
      [],
      'variables',
    )
  })
}

t.test('a call is read as a shell would, and a wrong one complained about', async t => {
  const shell = [
    "CORS_SIDECAR_VIA=x cors-sidecar http://a -o 'https://*.b --none' \\",
    '  --max-age 5m | tee log --append',
    'docker run -p 1:1 cors-sidecar check --json',
    'npm install cors-sidecar-x --save',
  ].join('\n')
  t.strictSame(callsIn(shell), [
    ['http://a', '-o', 'x', '--max-age', '5m'],
    ['check', '--json'],
  ])
  t.strictSame(complaints(['explian', '--orgin', 'x', '--max-age=5m']), [
    'there is no command explian',
    'there is no flag --orgin',
  ])
})
