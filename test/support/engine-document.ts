// The tables of docs/engines.md: what each engine can't say, and how many cases show it. The figures
// are those that the tests in test/engines hold the real engines to.
import { readFileSync } from 'node:fs'
import { engines } from '../../src/engines/engines.js'
import { type LackName, lacks } from '../../src/engines/lacks.js'
import { isLost } from '../../src/engines/losses.js'
import { settingsOf } from './cases.js'
import { engineCases } from './engine-cases.js'
import { exchangeOf, policiesOf } from './engine-exchanges.js'

const begin = '<!-- generated: npm run generate -->'
const end = '<!-- generated: end -->'

/** The document with its tables as they must be. */
export async function engineDocument(): Promise<string> {
  const path = new URL('../../../docs/engines.md', import.meta.url)
  const text = readFileSync(path, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  const [, after = ''] = rest.split(end)
  return `${before}${begin}\n\n${await tables()}\n${end}${after}`
}

async function tables(): Promise<string> {
  const rows = await Promise.all(
    engines.map(async engine => {
      const { alike, declared } = await counts(engine)
      const proof =
        engine.proof === 'run' ? `run: ${alike} alike, ${declared} as declared` : 'checked only'
      return `| \`${engine.name}\` | ${engine.title} | ${proof} |`
    }),
  )
  const lost = Object.entries(lacks).map(([name, { setting, effect, what }]) => {
    const found = engines.filter(engine => engine.lacks.some(lack => lack === (name as LackName)))
    return `| \`${setting}\` | ${what.replaceAll('|', '\\|')} | ${effect} | ${found.map(engine => engine.title).join(', ')} |`
  })
  return [
    '| target | engine | the cases |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '| setting | what is lost | effect | in |',
    '| --- | --- | --- | --- |',
    ...lost.filter(row => !row.endsWith('|  |')),
    '',
  ].join('\n')
}

async function counts(engine: (typeof engines)[number]) {
  let [alike, declared] = [0, 0]
  for (const each of await engineCases()) {
    const exchange = exchangeOf(each, await policiesOf(settingsOf(each.policy)))
    if (isLost(engine, exchange)) declared += 1
    else alike += 1
  }
  return { alike, declared }
}
