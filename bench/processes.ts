// Starting what is measured, and reading what it used. Linux only: the figures come from /proc.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'

/** A started program and the port that it serves on. */
export interface Running {
  readonly pid: number
  readonly port: number
  /** From the start of the process to the first connection that it took, in milliseconds. */
  readonly readyMs: number
  stop(): Promise<void>
}

const devNull = openSync('/dev/null', 'w')
const started = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

/** Starts a program; resolves when it takes connections on `port`. */
export async function startProgram(
  command: string,
  args: readonly string[],
  port: number,
  cwd?: string,
): Promise<Running> {
  const begun = performance.now()
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', devNull, 'pipe'],
    env: { PATH: process.env.PATH, HOME: '/tmp', NODE_ENV: 'production' },
  })
  started.add(child)
  let complaints = ''
  child.stderr?.setEncoding('utf8').on('data', text => {
    complaints = (complaints + text).slice(-2_000)
  })
  const gone = once(child, 'exit').then(() => {
    started.delete(child)
  })
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null || performance.now() - begun > 10_000) {
      child.kill('SIGKILL')
      throw new Error(`${command} does not serve: ${complaints.trim() || 'it said nothing'}`)
    }
    await after(2)
  }
  return {
    pid: child.pid as number,
    port,
    readyMs: performance.now() - begun,
    async stop() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

export function after(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** CPU time that a process and its descendants have used, user and system, in microseconds. */
export function cpuMicros(pid: number): number {
  let ticks = 0
  for (const one of treeOf(pid)) {
    const fields = statOf(one)
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return (ticks / ticksPerSecond) * 1e6
}

/** Resident memory of a process and its descendants, in bytes. */
export function memoryBytes(pid: number): number {
  let kilobytes = 0
  for (const one of treeOf(pid)) {
    const rollup = readFileSync(`/proc/${one}/smaps_rollup`, 'utf8')
    kilobytes += Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  }
  return kilobytes * 1024
}

function treeOf(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => ({ pid: Number(name), parent: Number(statOf(Number(name))[1]) }))
  const tree = [root]
  for (const one of tree) {
    for (const { pid, parent } of parents) if (parent === one) tree.push(pid)
  }
  return tree
}

/** The fields of /proc/PID/stat after the name, which may hold spaces: state is the first. */
function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    // It ended between the listing and the look.
    return []
  }
}
