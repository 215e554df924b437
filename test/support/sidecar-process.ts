// Starts the program as a user would, in an empty directory and an empty environment.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { killWithParent } from './kill-with-parent.js'

export const programPath = fileURLToPath(new URL('../../../bin/cors-sidecar.js', import.meta.url))

export type LogLine = Readonly<Record<string, unknown>>

export interface SidecarOptions {
  /** The positional argument; left out when every path has a route. */
  readonly upstream?: string
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Written to a file and given as `--config`. */
  readonly config?: object
  /** Flags for Node itself. */
  readonly nodeFlags?: readonly string[]
  /** Words in front of the command, which end by becoming it. */
  readonly through?: readonly string[]
  /** Any free port of this machine, unless given. */
  readonly listen?: string
  /** With the admin port; otherwise it is off. */
  readonly admin?: boolean
  /** Leaves the names of hosts that are served to the program's own default. */
  readonly keepsHosts?: boolean
  /** For millions of requests: their lines are read, as by any reader, and not kept. */
  readonly forgetsRequests?: boolean
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface SidecarProcess {
  readonly url: string
  readonly port: number
  readonly adminUrl: string | undefined
  readonly pid: number
  /** The parsed log lines so far; a line that is not JSON is a `notJson` entry. */
  readonly logs: readonly LogLine[]
  stderr(): string
  /** Resolves with the first line, past or to come, that `wanted` accepts. */
  log(wanted: (line: LogLine) => boolean, what: string): Promise<LogLine>
  /** False once the process has exited. */
  readonly alive: boolean
  signal(name: NodeJS.Signals): void
  exited(): Promise<Exit>
  /**
   * SIGTERM, then waits for the exit; SIGKILL when it takes longer than the drain may. Throws when
   * something was left behind.
   */
  stop(): Promise<Exit>
}

interface Started {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
  readonly exit: Promise<Exit>
}

function spawnProgram(args: readonly string[], options: SidecarOptions): Started {
  const directory = mkdtempSync(join(tmpdir(), 'cors-sidecar-test-'))
  const given = [...args]
  if (options.config) {
    const file = join(directory, 'config.json')
    writeFileSync(file, JSON.stringify(options.config))
    given.push('--config', file)
  }
  const words = [...(options.through ?? []), process.execPath, ...(options.nodeFlags ?? [])]
  const [command = process.execPath, ...rest] = words
  const child = spawn(command, [...rest, programPath, ...given], {
    cwd: directory,
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  killWithParent(child)
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (options.forgetsRequests !== true) output.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      rmSync(directory, { recursive: true, force: true })
      resolve({ code, signal, ...output })
    })
  })
  return { child, output, exit }
}

/** Runs one command of the program to its end, as `check` or `explain`. */
export function runProgram(
  args: readonly string[],
  options: Omit<SidecarOptions, 'upstream' | 'flags'> = {},
): Promise<Exit> {
  return spawnProgram(args, options).exit
}

/** What a program that exited before it listened left behind. */
export class DidNotStart extends Error {
  readonly exit: Exit
  constructor(exit: Exit) {
    super(
      `the sidecar exited with ${exit.code ?? exit.signal} before it listened:\n${exit.stderr}${exit.stdout}`,
    )
    this.exit = exit
  }
}

/** Resolves once the program listens; rejects with {@link DidNotStart} when it exits before that. */
export async function startSidecar(options: SidecarOptions): Promise<SidecarProcess> {
  const args = [
    ...(options.upstream === undefined ? [] : [options.upstream]),
    '--listen',
    options.listen ?? '127.0.0.1:0',
    ...(options.flags?.includes('--admin-listen')
      ? []
      : ['--admin-listen', options.admin ? '127.0.0.1:0' : 'off']),
    '--log-format',
    'json',
    // Most tests speak of hosts that are nobody's; those about hosts say which are served.
    ...(options.keepsHosts === true ? [] : ['--allow-host', '*']),
    ...(options.flags ?? []),
  ]
  const { child, output, exit } = spawnProgram(args, options)
  const logs: LogLine[] = []
  const waiting = new Set<() => void>()
  let alive = true
  let stopping = false
  let partLine = ''
  child.stdout?.on('data', (text: string) => {
    const lines = (partLine + text).split('\n')
    partLine = lines.pop() ?? ''
    for (const line of lines) {
      const isKept = options.forgetsRequests !== true || !isOfExchange(line)
      if (line !== '' && isKept) logs.push(parseLogLine(line))
    }
    for (const ask of [...waiting]) ask()
  })
  exit.then(
    ({ code, signal, stderr }) => {
      alive = false
      if (!stopping || (code !== 0 && signal === null)) {
        const last = logs.filter(line => line.level === 'fatal').map(line => JSON.stringify(line))
        const words = [`the sidecar ended with ${code ?? signal}`, ...last, stderr].join('\n')
        process.stderr.write(`${words}\n`)
      }
      for (const ask of [...waiting]) ask()
    },
    () => undefined,
  )

  function log(wanted: (line: LogLine) => boolean, what: string): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          give(new Error(`waited 15 s for ${what} in the log:\n${output.stderr}${output.stdout}`)),
        15_000,
      )
      function give(result: Error | LogLine): void {
        clearTimeout(timer)
        waiting.delete(ask)
        if (result instanceof Error) reject(result)
        else resolve(result)
      }
      function ask(): void {
        const line = logs.find(wanted)
        if (line) give(line)
        else if (!alive) give(new Error(`the sidecar exited while waiting for ${what}`))
      }
      waiting.add(ask)
      ask()
    })
  }

  const listening = await Promise.race([
    log(line => line.event === 'listening', 'the listening line').catch(async (error: Error) => {
      if (alive) child.kill('SIGKILL')
      const result = await exit
      throw result.signal === 'SIGKILL' ? error : new DidNotStart(result)
    }),
    exit.then(result => Promise.reject(new DidNotStart(result))),
  ])
  exit.catch(() => undefined)
  const url = String(listening.url).replace(/\/$/, '')

  return {
    url,
    port: Number(new URL(url).port),
    adminUrl: typeof listening.adminUrl === 'string' ? listening.adminUrl : undefined,
    pid: child.pid ?? 0,
    logs,
    stderr: () => output.stderr,
    log,
    get alive() {
      return alive
    },
    signal(name) {
      stopping = true
      child.kill(name)
    },
    exited: () => exit,
    async stop() {
      stopping = true
      if (alive) child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), 25_000)
      try {
        const ended = await exit
        takeCensus(logs)
        return ended
      } finally {
        clearTimeout(killer)
      }
    },
  }
}

/**
 * After every test that stops a sidecar: whoever left it and however, it holds no place, no stream and no
 * connection to the upstream any more.
 */
function takeCensus(logs: readonly LogLine[]): void {
  const left = logs.find(({ event }) => event === 'left-behind')
  if (left !== undefined) throw new Error(`left behind: ${JSON.stringify(left)}`)
}

function isOfExchange(line: string): boolean {
  return /"event":"(?:request|upstream-error|upgrade-opened|upgrade-closed)"/.test(line)
}

function parseLogLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine
  } catch {
    return { notJson: line }
  }
}
