// npm run museum: visits every exhibit through every proxy and writes the table in docs/legacy.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { skip, visitAll } from './museum.js'
import { tableOf, withTable } from './table.js'

if (skip !== false) throw new Error(skip)
const file = new URL('../../../docs/legacy.md', import.meta.url)
const { page } = withTable(readFileSync(file, 'utf8'), tableOf(await visitAll()))
writeFileSync(file, page)
