// The one upstream that every candidate forwards to: nginx, so that it is never what is measured.
import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, nodeProgram, startNginx, versionFrom } from './candidates.js'
import { freePort, type Running } from './processes.js'

const smallJson =
  '{"items":[{"id":1,"name":"first"},{"id":2,"name":"second"}],"total":2,"page":1,"next":null}'

/** Where the small answer and the 10 MB body are. */
export const smallPath = '/small.json'
export const bigPath = '/big.bin'
export const bigBytes = 10_000_000

export interface Upstream {
  readonly url: string
  readonly description: string
  stop(): Promise<void>
}

/** Serves the small answer and the big body; a Node server stands in where there is no nginx. */
export async function startUpstream(bench: Bench): Promise<Upstream> {
  const version = versionFrom('nginx', '-v', /nginx\/([\d.]+)/)
  const running = version === undefined ? await startNodeUpstream(bench) : await startFast(bench)
  return {
    url: `http://127.0.0.1:${running.port}`,
    description: version === undefined ? 'a Node server' : `nginx ${version}, one process`,
    stop: () => running.stop(),
  }
}

async function startFast({ scratch }: Bench): Promise<Running> {
  const files = join(scratch, 'files')
  mkdirSync(files, { recursive: true })
  const big = openSync(join(files, bigPath), 'w')
  ftruncateSync(big, bigBytes)
  closeSync(big)
  const port = await freePort()
  return startNginx(
    scratch,
    port,
    `server {
      listen 127.0.0.1:${port};
      root ${files};
      location / { return 200 '${smallJson}'; }
      location = ${bigPath} {}
    }`,
  )
}

function startNodeUpstream(bench: Bench): Promise<Running> {
  const args = [smallPath, smallJson, bigPath, String(bigBytes)]
  return nodeProgram(bench, { name: 'upstream', script: 'plain-upstream.mjs', args }).start('')
}

/** Accepts upgrades and sends back what comes. */
export async function startEchoUpstream(bench: Bench): Promise<Upstream> {
  const running = await nodeProgram(bench, { name: 'echo', script: 'echo-upstream.mjs' }).start('')
  return {
    url: `http://127.0.0.1:${running.port}`,
    description: 'a Node server that echoes bytes',
    stop: () => running.stop(),
  }
}
