import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { BlockedClients } from '../../../src/proxy/exchange/blocked-clients.js'
import type { Flight } from '../../../src/proxy/exchange/flight.js'
import { readUnacknowledged } from '../../../src/proxy/tuning/unacknowledged.js'
import { createCertificate } from '../../support/certificate.js'
import { need } from '../../support/need.js'

const skip = process.platform === 'linux' ? false : 'only Linux tells what its clients have taken'

/** Of these the kernel takes many for a client that reads nothing, and the client's own takes few. */
const piece = Buffer.alloc(128 * 1024)
const fewPieces = 4
const mostPieces = 16

/** A client that does not read, and an exchange that writes to it. */
async function blockedClient(t: Test, openssl?: string) {
  const isTls = openssl !== undefined
  const certificate = isTls ? createCertificate(openssl, ['DNS:localhost']) : undefined
  certificate?.remove()
  const server = certificate === undefined ? createServer() : createTlsServer(certificate)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, isTls ? 'secureConnection' : 'connection')
  const client =
    certificate === undefined
      ? connect(port, '127.0.0.1')
      : connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(client, isTls ? 'secureConnect' : 'connect')
  client.pause()
  const [socket] = (await accepted) as [Socket | TLSSocket]
  t.teardown(() => {
    client.destroy()
    socket.destroy()
    server.close()
  })
  const flight = {
    clientBlockedSince: 1,
    clientProgress: undefined,
    req: { socket },
    res: { socket },
  } as unknown as Flight

  const clients = new BlockedClients(error => t.fail(String(error)))
  let now = performance.now()
  return {
    flight,
    write: () => new Promise<void>(resolve => socket.write(piece, () => resolve())),
    async read(size: number) {
      const wanted = client.bytesRead + size
      client.resume()
      while (client.bytesRead < wanted) await once(client, 'data')
      client.pause()
    },
    /** Looks at it a minute later; how long it had taken nothing. */
    async idleMs() {
      now += 60_000
      const known = flight.clientProgress
      if (known !== undefined) known.idleMs = Number.NaN
      while (flight.clientProgress === undefined || Number.isNaN(flight.clientProgress.idleMs)) {
        clients.watch(flight, now)
        await new Promise(resolve => setImmediate(resolve))
      }
      return flight.clientProgress.idleMs
    },
  }
}

const openssl = need('openssl')
for (const [what, path, skipped] of [
  ['a client', undefined, false],
  ['a client within TLS', openssl.path, openssl.skip],
] as const) {
  t.test(what, { skip: skip || skipped }, async t => {
    t.test('takes nothing while only the kernel does', async t => {
      const { write, idleMs } = await blockedClient(t, path)
      let pieces = 0
      for (; pieces < fewPieces; pieces++) await write()
      for (; (await idleMs()) < 2 * 60_000 && pieces < mostPieces; pieces++) await write()
      t.ok(pieces < mostPieces, `the last of ${pieces} pieces were no work of its own`)
    })
    t.test('takes some when it reads, though the kernel takes no more', async t => {
      const { write, read, idleMs } = await blockedClient(t, path)
      for (let n = 0; n < 2 * fewPieces; n++) await write()
      while ((await idleMs()) === 0);
      await read(fewPieces * piece.length)
      t.equal(await idleMs(), 0)
    })
  })
}

t.test('a client whose turn it is not yet is not to blame', async t => {
  const { flight, write, idleMs } = await blockedClient(t)
  Object.assign(flight.res, { socket: null })
  await write()
  t.strictSame([await idleMs(), await idleMs()], [0, 0])
})

t.test('a client that is blocked for an instant is not looked at', async t => {
  const { flight } = await blockedClient(t)
  const clients = new BlockedClients(error => t.fail(String(error)))
  flight.clientBlockedSince = performance.now()
  clients.watch(flight, flight.clientBlockedSince + 100)
  await readUnacknowledged()
  await readUnacknowledged()
  t.equal(flight.clientProgress, undefined)
})
