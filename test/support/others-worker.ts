// The thread of the other clients and of the API that they ask: what the test's own thread is busy
// with does not show as waiting.

import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { askForWhole, type OpenLoop, startOpenLoop } from './open-loop.js'
import { type FromOthers, othersPath, type ToOthers } from './others.js'

const perSecond = 50
const agent = new Agent({ keepAlive: true, maxSockets: 2 })
let load: OpenLoop | undefined

const api = createServer((_request, response) => response.end('ok'))
api.listen(0, '127.0.0.1', () => tell({ port: (api.address() as AddressInfo).port }))

parentPort?.on('message', async (order: ToOthers) => {
  if (order.kind === 'start') load = await start(order.port)
  if (order.kind === 'stop') {
    await load?.stop()
    tell({ timesMs: load?.timesMs ?? [], outcomes: [...(load?.outcomes.keys() ?? [])] })
  }
  if (order.kind === 'close') {
    agent.destroy()
    api.close()
    api.closeAllConnections()
    parentPort?.close()
  }
})

async function start(port: number): Promise<OpenLoop> {
  const ask = () =>
    askForWhole({ agent, port, path: othersPath }, ({ statusCode }) => String(statusCode))
  // As many at once as there are connections: from then on all of them are open.
  await Promise.all(Array.from({ length: agent.maxSockets }, ask))
  tell('started')
  return startOpenLoop(perSecond, ask)
}

function tell(message: FromOthers): void {
  parentPort?.postMessage(message)
}
