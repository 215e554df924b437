import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { createAdmin } from '../../src/admin/admin.js'
import type { AdminContext } from '../../src/admin/context.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

export function sampleContext(changed: Partial<AdminContext> = {}): AdminContext {
  return {
    version: () => ({ version: '1.2.3' }),
    adminToken: () => undefined,
    isStarted: () => true,
    isDraining: () => false,
    readinessChecks: async () => [],
    metrics: async () => ({ contentType: 'text/plain', text: 'up 1\n' }),
    settings: () => ({ maxAge: 600 }),
    explain: question => question,
    suggest: () => ({ notes: [] }),
    inspector: () => undefined,
    isQuitAllowed: () => false,
    quit: () => undefined,
    failed: () => undefined,
    ...changed,
  }
}

/** A listening admin port and a way to ask it. */
export async function startAdmin(
  t: Test,
  changed: Partial<AdminContext> = {},
  address = '127.0.0.1',
  unreadTimeoutMs?: number,
) {
  const admin = createAdmin(sampleContext(changed), unreadTimeoutMs)
  admin.server.listen(0, address)
  await once(admin.server, 'listening')
  t.teardown(() => admin.close())
  const { port } = admin.server.address() as AddressInfo

  const open = async (path: string, { method, headers, body }: AskOptions = {}) => {
    const asked = request({ host: '127.0.0.1', port, path, method: method ?? 'GET', agent: false })
    for (const [name, value] of Object.entries(headers ?? {})) asked.setHeader(name, value)
    asked.end(body)
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    return { asked, response }
  }
  const ask = async (path: string, options?: AskOptions): Promise<Answer> => {
    const { response } = await open(path, options)
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await text(response),
    }
  }
  return { admin, port, ask, open }
}
