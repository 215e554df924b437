// One client, the sidecar and one raw upstream: the stage for the forwarding tests.

import type { Test } from 'tap'
import { openRawClient, type RawClient, type RawClientOptions } from './raw-client.js'
import {
  answer,
  okAnswer,
  type RawUpstream,
  type Script,
  startRawUpstream,
} from './raw-upstream.js'
import { type SidecarOptions, type SidecarProcess, startSidecar } from './sidecar-process.js'
import type { HttpMessage } from './strict-http.js'

export interface Scene {
  readonly t: Test
  readonly sidecar: SidecarProcess
  readonly upstream: RawUpstream
  /** Opens a client; it is closed at the end of the test. */
  client(options?: Partial<RawClientOptions>): Promise<RawClient>
  /** What the upstream does from now on: bytes are the answer to every whole request. */
  upstreamDoes(what: string | Script): void
  /** Sends the bytes on a connection of their own; resolves with the final response. */
  send(bytes: string): Promise<HttpMessage>
  /** The only request that reached the upstream. */
  seen(): HttpMessage
  /** Resolves with the upstream's only connection once the sidecar has let go of it. */
  upstreamLeft(): Promise<RawUpstream['connections'][number]>
}

export interface Stage {
  /** Starts, or takes up again, the sidecar with these options, and sets the scene. */
  scene(t: Test, options?: StageOptions): Promise<Scene>
  close(): Promise<void>
}

export interface StageOptions {
  readonly flags?: readonly string[]
  /** The upstream's URL, when it is not the stage's own. */
  readonly upstreamUrl?: string
  readonly env?: SidecarOptions['env']
}

export const pageOrigin = 'https://app.example.com'

/** One raw upstream and one process per set of options, kept for all tests of a file. */
export async function setStage(): Promise<Stage> {
  const upstream = await startRawUpstream()
  const running = new Map<string, Promise<SidecarProcess>>()

  return {
    async scene(t, { flags = [], upstreamUrl = upstream.url, env = {} } = {}) {
      const key = JSON.stringify([flags, upstreamUrl, env])
      const started =
        running.get(key) ??
        startSidecar({
          upstream: upstreamUrl,
          flags: ['--allow-origin', pageOrigin, ...flags],
          env,
        })
      running.set(key, started)
      const sidecar = await started
      upstream.play(answer(okAnswer))

      const open: RawClient[] = []
      t.teardown(() => {
        for (const client of open) client.destroy()
      })
      async function client(options: Partial<RawClientOptions> = {}): Promise<RawClient> {
        const opened = await openRawClient({ port: sidecar.port, ...options })
        open.push(opened)
        return opened
      }
      return {
        t,
        sidecar,
        upstream,
        client,
        upstreamDoes: what => upstream.play(typeof what === 'string' ? answer(what) : what),
        async send(bytes) {
          const method = bytes.slice(0, bytes.indexOf(' '))
          const sender = await client({ methodOf: () => method })
          sender.write(bytes)
          return await sender.response()
        },
        seen() {
          const [first, ...others] = upstream.requests
          if (!first || others.length) {
            throw new Error(`${upstream.requests.length} requests reached the upstream, not 1`)
          }
          return first.message
        },
        upstreamLeft: () =>
          upstream.until(() => {
            const last = upstream.connections.at(-1)
            return last && last.gone !== 'no' ? last : undefined
          }, 'the sidecar to leave the upstream'),
      }
    },
    async close() {
      const processes = await Promise.allSettled(running.values())
      await Promise.all(
        processes.map(each => (each.status === 'fulfilled' ? each.value.stop() : undefined)),
      )
      await upstream.close()
    },
  }
}
