// What the scripts of the forwarding cases are made of.

import {
  pageOrigin,
  type Scene,
  type Stage,
  type StageOptions,
} from '../../support/forwarding-scene.js'
import { canSeeHandshakes, startFullBacklog } from '../../support/full-backlog.js'
import { type HttpMessage, headerOf, statusOf } from '../../support/strict-http.js'

export interface ForwardingCase {
  readonly id: string
  readonly client: string | readonly string[]
  readonly upstream: string
  readonly why: string
}

export interface Script {
  readonly options?: StageOptions
  readonly skip?: string | false
  run(scene: Scene, each: ForwardingCase, stage: Stage): Promise<void>
}

export const get = 'GET /p HTTP/1.1\r\nHost: a.test\r\n\r\n'
export const getFromPage = `GET /p HTTP/1.1\r\nHost: a.test\r\nOrigin: ${pageOrigin}\r\n\r\n`
export const upgrade =
  'GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n'
export const switching =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\r\n'

/** The case's own request and answer, then a judgement on both sides. */
export function simple(judge: (answered: HttpMessage, scene: Scene) => void): Script {
  return {
    async run(scene, each) {
      scene.upstreamDoes(each.upstream)
      judge(await scene.send(String(each.client)), scene)
    },
  }
}

/** The case's request gets this status, and the upstream is not asked. */
export function refused(status: RegExp): Script {
  return {
    async run(scene, each) {
      const answered = await scene.send(String(each.client))
      scene.t.match(String(statusOf(answered)), status, 'status')
      scene.t.strictSame(scene.upstream.begun, [], 'the upstream is not asked')
    },
  }
}

/** 200, body `ok`. */
export function isOk({ t }: Scene, answered: HttpMessage): void {
  t.strictSame([statusOf(answered), answered.body.toString()], [200, 'ok'], 'answered')
}

export function header(
  { t }: Scene,
  message: HttpMessage,
  name: string,
  value: string | undefined,
): void {
  t.equal(headerOf(message, name), value, value === undefined ? `no ${name}` : name)
}

/** A failure that is our own, and that the page can read. */
export function readable(scene: Scene, answered: HttpMessage, status: number): void {
  scene.t.equal(statusOf(answered), status, 'status')
  header(scene, answered, 'access-control-allow-origin', pageOrigin)
  scene.t.match(JSON.parse(answered.body.toString()), { error: String, message: String })
}

/** What the upstream answers is no answer: 502, and its connection is not used again. */
export function invalidAnswer(): Script {
  return {
    async run(scene, each) {
      scene.upstreamDoes(each.upstream)
      scene.t.equal(statusOf(await scene.send(get)), 502, 'status')
      await scene.upstreamLeft()
    },
  }
}

/** A sidecar whose upstream never completes a handshake. */
export function unreachable(run: (scene: Scene, pending: () => number) => Promise<void>): Script {
  return {
    skip: canSeeHandshakes ? false : 'needs /proc/net/tcp',
    async run({ t }, _, stage) {
      const blackHole = await startFullBacklog()
      t.teardown(() => blackHole.close())
      const upstreamUrl = `http://127.0.0.1:${blackHole.port}`
      const flags = ['--connect-timeout', '1s']
      await run(await stage.scene(t, { upstreamUrl, flags }), blackHole.pending)
    },
  }
}
