// A process of its own for the log faults: serves, and logs as many lines as it is asked to.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLog } from '../../src/observe/log.js'
import { sampleExchange } from './sample-exchange.js'

let dropped = 0
const log = await createLog({
  level: 'info',
  format: 'json',
  requests: 'all',
  isTerminal: false,
  onDropped: lines => {
    dropped += lines
  },
})
let recorded = 0

const server = createServer(async (request, response) => {
  const lines = Number(request.url?.slice(1))
  // The id is the line's number, so that a reader can tell whether every loss was told.
  for (let line = 0; line < lines; line++) log.record(sampleExchange({ id: String(++recorded) }))
  await log.flush()
  response.end(JSON.stringify({ dropped, rss: process.memoryUsage.rss() }))
})
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port)
})
process.on('disconnect', () => process.exit())
