// Writes the documents that come from the option table, the table of messages and node_modules. A test fails when one of
// them is stale.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configSchema, exampleEnv, referenceMarkdown } from '../dist/src/config/reference.js'
import { withMessages } from '../dist/src/why/guide.js'
import { engineDocument } from '../dist/test/support/engine-document.js'
import { chartSchema } from './chart-schema.mjs'
import { thirdPartyLicences } from './third-party-licences.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const guide = 'docs/troubleshooting.md'

for (const [file, text] of [
  ['config.example.env', exampleEnv()],
  ['docs/reference.md', referenceMarkdown()],
  ['schema/config.schema.json', configSchema()],
  ['deploy/helm/cors-sidecar/values.schema.json', chartSchema(configSchema())],
  [guide, withMessages(readFileSync(join(root, guide), 'utf8'))],
  ['docs/engines.md', await engineDocument()],
  ['THIRD-PARTY-LICENSES', thirdPartyLicences(root)],
]) {
  const path = join(root, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  process.stdout.write(`wrote ${file}\n`)
}
