// Writes the documents that come from the option table. A test fails when one of them is stale.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configSchema, exampleEnv, referenceMarkdown } from '../dist/src/config/reference.js'

for (const [file, text] of [
  ['config.example.env', exampleEnv()],
  ['docs/reference.md', referenceMarkdown()],
  ['schema/config.schema.json', configSchema()],
]) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  process.stdout.write(`wrote ${file}\n`)
}
