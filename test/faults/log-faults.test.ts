// The program itself when nobody takes its log: no request fails, nobody waits, and the loss is
// counted. How lines are kept and dropped is in test/observe/log-faults.test.ts.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync } from 'node:fs'
import { Agent } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { killWithParent } from '../support/kill-with-parent.js'
import { askForWhole } from '../support/open-loop.js'
import { isFullRun, othersPath, startOthers } from '../support/others.js'
import { memoryOf } from '../support/process-memory.js'
import { programPath } from '../support/sidecar-process.js'

const isLinux = process.platform === 'linux' ? false : 'needs /dev/full and /proc'
/** More lines than the buffer and a pipe hold. */
const requests = isFullRun ? 20_000 : 8_000

interface Destination {
  readonly stdout: number
  /** Injects the fault, once the program runs. */
  harm(): void
}

function readerGoes(folder: string): Destination {
  const { reader, writer } = openFifo(folder)
  return { stdout: writer, harm: () => closeSync(reader) }
}

function readerStalls(folder: string): Destination {
  return { stdout: openFifo(folder).writer, harm: () => undefined }
}

function diskIsFull(): Destination {
  return { stdout: openSync('/dev/full', 'w'), harm: () => undefined }
}

function openFifo(folder: string): { readonly reader: number; readonly writer: number } {
  const path = join(folder, 'log')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { reader, writer: openSync(path, 'w') }
}

const destinations = {
  'has lost its reader': readerGoes,
  'has a reader that stalls': readerStalls,
  'goes to a full disk': diskIsFull,
}

for (const workers of [1, 2]) {
  const processes = workers === 1 ? 'one process' : `${workers} workers`
  t.test(`a log of ${processes} that`, { skip: isLinux }, async t => {
    for (const [what, open] of Object.entries(destinations)) {
      t.test(what, async t => {
        const others = await startOthers(t)
        const folder = t.testdir({})
        const { stdout, harm } = open(folder)
        const [port, adminPort] = await freePorts()
        const sidecar = spawnProgram(folder, stdout, [
          ...['--listen', `127.0.0.1:${port}`, '--admin-listen', `127.0.0.1:${adminPort}`],
          ...['--log-requests', 'all', '--workers', String(workers), ...others.flags],
        ])
        const admin = (path: string) => fetch(`http://127.0.0.1:${adminPort}${path}`)
        while (
          !(await admin('/readyz').then(
            ({ ok }) => ok,
            () => false,
          ))
        ) {
          await new Promise(resolve => setTimeout(resolve, 20))
        }
        harm()
        const outcomes = new Set<string>()
        let memoryMib = 0
        await others.unharmed(port, async () => {
          for (const half of [1, 2]) {
            await askMany(port, requests / 2, outcomes)
            if (half === 1) memoryMib = memoryOf(sidecar.pid as number).nowMib
          }
        })
        t.strictSame([...outcomes], ['200'], 'costs no request')
        const grownMib = memoryOf(sidecar.pid as number).nowMib - memoryMib
        t.ok(grownMib < 48, `nor memory (${grownMib.toFixed(0)} MiB more)`)
        const metrics = await (await admin('/metrics')).text()
        const dropped = /^cors_sidecar_log_lines_dropped_total (\d+)$/m.exec(metrics)?.[1]
        t.ok(Number(dropped) > 0, `lost lines are counted (${dropped})`)
        const begun = performance.now()
        sidecar.kill('SIGTERM')
        t.strictSame(await once(sidecar, 'exit'), [0, null], 'nor does it hold up the end')
        t.ok(performance.now() - begun < 10_000)
      })
    }
  })
}

function spawnProgram(cwd: string, stdout: number, args: readonly string[]): ChildProcess {
  const upstream = 'http://127.0.0.1:9'
  const child = spawn(process.execPath, [programPath, upstream, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', stdout, 'inherit'],
  })
  closeSync(stdout)
  killWithParent(child)
  return child
}

/** One after the other: what the others wait for is then the log, and not this. */
async function askMany(port: number, count: number, outcomes: Set<string>): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  for (let n = 0; n < count; n++) {
    const asked = { agent, port, path: othersPath }
    outcomes.add(await askForWhole(asked, ({ statusCode }) => String(statusCode)))
  }
  agent.destroy()
}

/** Two ports that nobody listens on: a program whose log goes astray cannot tell where it listens. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()] as const
  for (const server of servers) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const [one, two] = servers.map(server => (server.address() as AddressInfo).port)
  for (const server of servers) {
    server.close()
    await once(server, 'close')
  }
  return [one as number, two as number]
}
