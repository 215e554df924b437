// Runs what a document shows as a person would: pasted into a shell in an empty folder, with the
// built program as `cors-sidecar` on the PATH, and the ports that the text names.

import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { programPath } from './sidecar-process.js'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface MarkedBlock {
  readonly kind: 'run' | 'output' | 'file' | undefined
  readonly name: string | undefined
  readonly path: string | undefined
  readonly language: string
  readonly text: string
}

const script: { markedBlocks(markdown: string): MarkedBlock[] } = await import(
  pathToFileURL(join(root, 'scripts', 'marked-blocks.mjs')).href
)

/** The fenced blocks of a document of this repository, with the marks that stand before them. */
export const blocksOf = (path: string): MarkedBlock[] =>
  script.markedBlocks(readFileSync(join(root, path), 'utf8'))

/** The block of that name; there must be one. */
export function blockNamed(
  blocks: readonly MarkedBlock[],
  name: string,
  kind: MarkedBlock['kind'] = 'run',
): MarkedBlock {
  const found = blocks.find(block => block.name === name && block.kind === kind)
  if (found === undefined) throw new Error(`no block is marked ${kind}: ${name}`)
  return found
}

/**
 * The `skip` of tests that need these very ports, because the text they run names them. Where
 * everything has been promised (CI) a taken port is an error, which says which one it is.
 */
export async function needPorts(ports: readonly number[]): Promise<string | false> {
  for (const port of ports) {
    const isFree = await new Promise<boolean>(resolve => {
      const server = createServer().once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (isFree) continue
    const reason = `port ${port}, which the text to run names, is taken by another program`
    if (process.env.CI_REQUIRE_ALL === '1') throw new Error(reason)
    return reason
  }
  return false
}

export interface Shell {
  readonly folder: string
  /** Runs the text to its end; what it prints on either stream, in order. */
  run(text: string): Promise<{ code: number | null; printed: string }>
  /** Starts the text, and waits until it has printed what is wanted. */
  start(text: string, until: RegExp): Promise<RunningText>
  remove(): void
}

export interface RunningText {
  readonly printed: string
  /** Ends all that the text started, as Ctrl-C would. */
  stop(): Promise<void>
}

/** Printed by a sidecar, in either of its log formats, when it takes requests. */
export const listening = /\blistening\b/

export interface ShellOptions {
  /** Where texts run; a new, empty folder unless given. */
  readonly folder?: string
  /** Programs that are not on everybody's PATH under the name that the texts use. */
  readonly programs?: Readonly<Record<string, string>>
}

export function createShell({ folder, programs = {} }: ShellOptions = {}): Shell {
  const home = mkdtempSync(join(tmpdir(), 'cors-sidecar-recipe-'))
  const bin = mkdtempSync(join(tmpdir(), 'cors-sidecar-bin-'))
  for (const [name, path] of Object.entries(programs)) symlinkSync(path, join(bin, name))
  const cwd = folder ?? home
  const program = join(bin, 'cors-sidecar')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${programPath}' "$@"\n`)
  chmodSync(program, 0o755)
  const env = { PATH: `${bin}${delimiter}${process.env.PATH}`, HOME: home }

  function begin(text: string) {
    // A group of its own, so that everything the text starts can be ended together.
    const child = spawn('bash', ['-euc', text], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    endWithParent(child)
    const output = { text: '' }
    const read = (piece: string) => {
      output.text += piece
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    const closed = new Promise<number | null>(resolve => child.once('close', resolve))
    return { child, output, closed }
  }

  return {
    folder: cwd,
    async run(text) {
      const { output, closed } = begin(text)
      const code = await closed
      return { code, printed: output.text }
    },
    async start(text, until) {
      const { child, output, closed } = begin(text)
      await new Promise<void>((resolve, reject) => {
        const look = () => {
          if (until.test(output.text)) resolve()
        }
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        child.once('close', code => {
          reject(new Error(`ended with ${code} before it printed ${until}:\n${output.text}`))
        })
      })
      return {
        get printed() {
          return output.text
        },
        async stop() {
          signalGroup(child, 'SIGINT')
          const killer = setTimeout(() => signalGroup(child, 'SIGKILL'), 25_000)
          await closed
          clearTimeout(killer)
        },
      }
    },
    remove() {
      for (const path of [home, bin]) rmSync(path, { recursive: true, force: true })
    },
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    // Gone already: all that was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const groups = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of groups) signalGroup(child, 'SIGKILL')
})

function endWithParent(child: ChildProcess): void {
  groups.add(child)
  child.once('close', () => groups.delete(child))
}

/** Of a block that shows a command after `$` and what it prints: the two apart. */
export function shownSession(text: string): { command: string; printed: string } {
  const [first = '', ...rest] = text.split('\n')
  if (!first.startsWith('$ ')) throw new Error(`does not begin with a command: ${first}`)
  return { command: first.slice(2), printed: rest.join('\n') }
}

/** Where what was printed is not what is shown; a line `…` stands for any lines. Empty: nowhere. */
export function difference(shown: string, printed: string): string {
  const parts = shown.trim().split(/^…$/m)
  let rest = printed.trim()
  for (const [at, part] of parts.entries()) {
    const found = rest.indexOf(part.trim())
    if (found === -1 || (at === 0 && found !== 0)) return `${part.trim()}\n— is not in —\n${rest}`
    rest = rest.slice(found + part.trim().length)
  }
  return shown.trim().endsWith('…') ? '' : rest.trim()
}
