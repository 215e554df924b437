// The documents that come from tables say what the tables say.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { configSchema, exampleEnv, referenceMarkdown } from '../../src/config/reference.js'
import { withMessages } from '../../src/why/guide.js'

const root = new URL('../../../', import.meta.url)
const guide = 'docs/troubleshooting.md'

for (const [file, text] of [
  ['config.example.env', exampleEnv()],
  ['docs/reference.md', referenceMarkdown()],
  ['schema/config.schema.json', configSchema()],
  [guide, withMessages(readFileSync(new URL(guide, root), 'utf8'))],
] as const) {
  t.test(`${file} is what npm run generate writes`, async t => {
    t.equal(
      readFileSync(new URL(file, root), 'utf8'),
      text,
      'run npm run generate and commit what it writes',
    )
  })
}
