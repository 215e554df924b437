// npm run soak -- [--minutes N]: everything at once for a long time, and what grew meanwhile.
import { parseArgs } from 'node:util'
import { soak } from './soak.js'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } })
const minutes = Number(values.minutes)
const report = await soak(minutes * 60_000)
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)

const { failures, heapMibPerTenMinutes, descriptors } = report
// A slope over less than ten minutes says more about warming up than about a leak.
const grows = minutes >= 10 && heapMibPerTenMinutes > 1
if (failures.length > 0 || grows || descriptors.after > descriptors.before + 2) process.exitCode = 1
