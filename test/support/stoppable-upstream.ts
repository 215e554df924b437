// An upstream in a process of its own, so that it can be stopped, continued and killed.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { killWithParent } from './kill-with-parent.js'

export interface StoppableUpstream {
  readonly port: number
  readonly url: string
  signal(name: NodeJS.Signals): void
  /** Kills it, and starts it anew on the same port. */
  restart(): Promise<void>
  close(): Promise<void>
}

const answerAll = (port: number) => `
  require('node:http').createServer((req, res) => { req.resume().on('end', () => res.end('ok')) })
    .listen(${port}, '127.0.0.1', function () { console.log(this.address().port) })`

/** Answers every request with 200 and \`ok\`. */
export async function startStoppableUpstream(): Promise<StoppableUpstream> {
  let { child, port } = await startOne(0)
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    signal: name => child.kill(name),
    async restart() {
      await kill(child)
      ;({ child, port } = await startOne(port))
    },
    close: () => kill(child),
  }
}

async function startOne(wanted: number): Promise<{ child: ChildProcess; port: number }> {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit']
  const child = spawn(process.execPath, ['-e', answerAll(wanted)], { env: {}, stdio })
  killWithParent(child)
  const [text] = await once(child.stdout, 'data')
  return { child, port: Number(text) }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
