// Asks the admin port of the sidecar that runs with the same settings. Loads little: a container
// runtime starts this every few seconds.
import { request } from 'node:http'
import type { LookupFunction } from 'node:net'
import { resolve as resolvePath } from 'node:path'
import type { ListenAddress } from '../config/address-types.js'
import type { LoadInput } from '../config/load.js'
import { readSources, readTextFile } from '../config/read-sources.js'
import { resolveSettings } from '../config/resolve.js'
import { imageVariable } from '../config/sources.js'
import { loopbackAddresses } from '../terms/loopback.js'

/** What came of asking; `detail` says why it is not good. */
export interface AdminAnswer {
  readonly isGood: boolean
  readonly detail: string
}

/** Where the admin port is by the settings; undefined when it is off. Problems are for `check`. */
export async function findAdmin(load: LoadInput): Promise<ListenAddress | undefined> {
  const sources = await readSources({
    flags: load.flags ?? {},
    otherFlags: load.otherFlags ?? [],
    arguments: load.arguments ?? [],
    env: load.env,
    read: path => readTextFile(resolvePath(load.cwd, path)),
  })
  const isImage = load.env[imageVariable] !== undefined
  return resolveSettings(sources, { isTerminal: load.isTerminal, isImage, env: load.env }).settings
    .adminListen
}

/** Asks once, and waits for the answer no longer than `timeoutMs`. */
export function askAdmin(
  address: ListenAddress,
  path: string,
  timeoutMs: number,
): Promise<AdminAnswer> {
  return new Promise(resolve => {
    const asked = request({
      ...('path' in address ? { socketPath: address.path } : reachable(address)),
      path,
      headers: { host: 'localhost' },
      agent: false,
      signal: AbortSignal.timeout(Math.ceil(timeoutMs)),
    })
    asked.on('response', response => {
      response.resume()
      const { statusCode } = response
      resolve({ isGood: statusCode === 200, detail: `${path} answered ${statusCode}` })
    })
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.name === 'AbortError' ? 'no response in time' : error.message
      resolve({ isGood: false, detail: why })
    })
    asked.end()
  })
}

/** Every address of the machine is no address to call. */
function reachable({ host, port }: { readonly host: string; readonly port: number }) {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port }
  return host === '::' ? { host: 'localhost', port, lookup: bothLoopbacks } : { host, port }
}

/** A machine may have no IPv6, and another no IPv4: Node tries both. */
const bothLoopbacks: LookupFunction = (_host, _options, found) => found(null, loopbackAddresses)
