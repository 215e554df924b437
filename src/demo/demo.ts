// All that surrounds the sidecar in the demo: an API without CORS, and a page on another origin.
import { createServer, type Server } from 'node:http'
import { createServer as createProbe } from 'node:net'
import type { Duplex } from 'node:stream'
import { demoApi, demoWebSocket } from './api.js'
import { type DemoAddresses, demoPage } from './page.js'

/** The demo's API and page at work, and the flags that a sidecar between them is started with. */
export interface Demo {
  readonly addresses: DemoAddresses
  readonly flags: Readonly<Record<string, readonly string[]>>
  close(): Promise<void>
}

/** The ports that the demo prefers; one that is taken gives way to any that is free. */
export interface DemoPorts {
  readonly sidecar: number
  readonly admin: number
  readonly page: number
  readonly api: number
}

export const demoPorts: DemoPorts = { sidecar: 8010, admin: 8011, page: 8012, api: 8013 }
export const anyPorts: DemoPorts = { sidecar: 0, admin: 0, page: 0, api: 0 }

// A page may reach the sidecar under either name, but only as localhost is it on the list.
const loopback = '127.0.0.1'

/** Starts API and page; the sidecar is the caller's to start, with the flags that this gives. */
export async function startDemo(wanted: DemoPorts): Promise<Demo> {
  const openSockets = new Set<Duplex>()
  const api = createServer(demoApi()).on('upgrade', (request, socket) => {
    openSockets.add(socket)
    socket.once('close', () => openSockets.delete(socket))
    demoWebSocket(request, socket)
  })
  const apiPort = await listen(api, wanted.api)
  const page = createServer()
  const pagePort = await listen(page, wanted.page)
  const sidecarPort = await freePort(wanted.sidecar)
  const adminPort = await freePort(wanted.admin)

  const addresses: DemoAddresses = {
    page: `http://localhost:${pagePort}`,
    strangerPage: `http://${loopback}:${pagePort}`,
    api: `http://localhost:${apiPort}`,
    sidecar: `http://localhost:${sidecarPort}`,
    inspector: `http://localhost:${adminPort}/inspect`,
  }
  const document = demoPage(addresses)
  page.on('request', (request, response) => {
    const isPage = request.url === '/'
    response.writeHead(isPage ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' })
    response.end(isPage ? document : '')
  })

  return {
    addresses,
    flags: {
      upstream: [`http://${loopback}:${apiPort}`],
      listen: [`${loopback}:${sidecarPort}`],
      'admin-listen': [`${loopback}:${adminPort}`],
      'allow-origins': [addresses.page],
      inspect: ['true'],
      'debug-headers': ['true'],
    },
    async close() {
      for (const socket of openSockets) socket.destroy()
      await Promise.all([close(api), close(page)])
    },
  }
}

async function listen(server: Server, wanted: number): Promise<number> {
  const port = await freePort(wanted)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, loopback, resolve)
  })
  return port
}

/** The wanted port if nobody has it, else one that the system picks. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createProbe()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (wanted === 0 || error.code !== 'EADDRINUSE') reject(error)
      else resolve(freePort(0))
    })
    probe.listen(wanted, loopback, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
