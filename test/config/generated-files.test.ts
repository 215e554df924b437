// The documents that come from the option table say what the table says.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { configSchema, exampleEnv, referenceMarkdown } from '../../src/config/reference.js'

for (const [file, text] of [
  ['config.example.env', exampleEnv()],
  ['docs/reference.md', referenceMarkdown()],
  ['schema/config.schema.json', configSchema()],
] as const) {
  t.test(`${file} is what npm run generate writes`, async t => {
    const path = fileURLToPath(new URL(`../../../${file}`, import.meta.url))
    t.equal(readFileSync(path, 'utf8'), text, 'run npm run generate and commit what it writes')
  })
}
