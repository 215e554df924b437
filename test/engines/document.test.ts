// docs/engines.md says what the engines' own files say.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { engineDocument } from '../support/engine-document.js'

t.test('docs/engines.md is what npm run generate writes', async t => {
  const path = new URL('../../../docs/engines.md', import.meta.url)
  t.equal(
    readFileSync(path, 'utf8'),
    await engineDocument(),
    'run npm run generate and commit what it writes',
  )
})
