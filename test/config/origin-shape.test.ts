// What the schema says of origins: it takes whatever the program takes, and refuses plain mistakes, so
// that an editor and `helm template` find them before a start does.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { originList } from '../../src/config/list-types.js'
import { isFinding, parseOriginPattern } from '../../src/policy/origin-pattern.js'

const { anyOf } = originList.schema as {
  anyOf: [{ items: { anyOf: [{ pattern: string }] } }, { pattern: string }]
}
const item = new RegExp(anyOf[0].items.anyOf[0].pattern)
const text = new RegExp(anyOf[1].pattern)

const casesIn = <T>(file: string): T[] => {
  const path = fileURLToPath(new URL(`../../../test/cases/${file}`, import.meta.url))
  return JSON.parse(readFileSync(path, 'utf8'))
}
const entries = new Set([
  ...casesIn<{ allowed: string[] }>('origins.json').flatMap(({ allowed }) => allowed),
  ...casesIn<{ policy?: { origins?: string[] } }>('cors.json').flatMap(
    ({ policy }) => policy?.origins ?? [],
  ),
])

t.test('takes every entry that the program takes', async t => {
  const taken = [...entries].filter(entry => !isFinding(parseOriginPattern(entry)))
  t.ok(taken.length > 30, `${taken.length} entries`)
  for (const entry of [...taken, 'app://.', 'file://', '3000', 'localhost:3000', 'none']) {
    t.match(entry, item)
    t.match(entry, text)
  }
  t.match(taken.join(','), text, 'also many in one text')
  t.match('', text, 'and none')
})

t.test('refuses plain mistakes', async t => {
  for (const entry of [
    'https://app.example.com/api',
    'app.example.com',
    'https://a.example b',
    'https://me@a.example',
    'https://a.example?x',
    '*.example.com',
    'https:/a.example',
    '',
  ]) {
    t.notMatch(entry, item, entry)
  }
  t.notMatch('https://a.example, https://b.example/x', text)
})
