// A listener that completes no further handshake: its accept queue is full and nobody empties it.
// To a client it is what an unreachable host is, on loopback.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { killWithParent } from './kill-with-parent.js'

export interface FullBacklog {
  readonly port: number
  /** Connections to it, of any process, whose handshake has not been answered. */
  pending(): number
  close(): Promise<void>
}

/** Linux keeps connections here; elsewhere the state of a handshake cannot be seen. */
export const canSeeHandshakes = process.platform === 'linux'

const listenAndFreeze = `
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port) + '\\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

export async function startFullBacklog(): Promise<FullBacklog> {
  const child = spawn(process.execPath, ['-e', listenAndFreeze], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  killWithParent(child)
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())))
    child.once('error', reject)
  })

  const fillers: Socket[] = []
  const pending = () => handshakesTo(port)
  // Two more than the queue holds: from then on a handshake stays unanswered.
  while (pending() < 2) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => socket.destroy())
    fillers.push(socket)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  const own = pending()
  return {
    port,
    pending: () => pending() - own,
    close() {
      for (const socket of fillers) socket.destroy()
      return new Promise(resolve => {
        child.once('close', () => resolve())
        child.kill('SIGKILL')
      })
    },
  }
}

const synSent = '02'

function handshakesTo(port: number): number {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, , address, state]) => address === remote && state === synSent).length
}
