// Each exhibit through nginx, HAProxy, Caddy, Apache and the sidecar, all of them really run.

import { startAskedUpstream } from '../support/asked-upstream.js'
import { need } from '../support/need.js'
import { type ProxyName, startRealProxy } from '../support/real-proxies.js'
import { startSidecar } from '../support/sidecar-process.js'
import { type Exhibit, exhibits } from './exhibits.js'
import { type Outcome, outcomeOf, received } from './visiting.js'

export const peers: readonly ProxyName[] = ['nginx', 'haproxy', 'caddy', 'apache']

export interface Visit {
  readonly exhibit: Exhibit
  readonly ours: Outcome
  readonly theirs: Readonly<Record<ProxyName, Outcome>>
  /** What another client of the sidecar got right behind it that it had not asked for. */
  readonly crossed: string | undefined
}

/** What nobody asked for. */
const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON'
const plainBody = 'plain'

/** Why this machine can't hold a visit, or false. */
export const skip =
  peers.map(name => need(name).skip).find(reason => reason !== false) ?? (false as const)

export async function visitAll(): Promise<readonly Visit[]> {
  const upstream = await startUpstream()
  const [sidecar, ...proxies] = await Promise.all([
    startSidecar({ upstream: upstream.url }),
    ...peers.map(name => startRealProxy(name, need(name).path, upstream.port)),
  ])
  const ports = proxies.map(({ url }) => Number(new URL(url).port))
  const lanes = await Promise.all([sidecar.port, ...ports].map(walk))
  const crossed: (string | undefined)[] = []
  // One after another, so that what is left lying would be the next thing on the only connection.
  for (const [n, { method = 'GET' }] of exhibits.entries()) {
    await received(sidecar.port, method, `/${n}?poisoned`).catch(() => '')
    const next = await received(sidecar.port, 'GET', `/plain/${n}`)
    const isOwn = next.startsWith('HTTP/1.1 200 ') && next.endsWith(`${plainBody} ${n}`)
    crossed.push(isOwn ? undefined : next)
  }
  await sidecar.stop()
  await Promise.all(proxies.map(proxy => proxy.close()))
  await upstream.close()
  return exhibits.map((exhibit, n) => {
    const [ours = none, nginx = none, haproxy = none, caddy = none, apache = none] = lanes.map(
      lane => lane[n],
    )
    return { exhibit, ours, theirs: { nginx, haproxy, caddy, apache }, crossed: crossed[n] }
  })
}

const none = 'nothing'

/** Visits one exhibit after another, so that a busy machine makes none of them late. */
async function walk(port: number): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const [n, exhibit] of exhibits.entries()) {
    const bytes = await received(port, exhibit.method ?? 'GET', `/${n}`).catch(() => '')
    outcomes.push(outcomeOf(exhibit, bytes))
  }
  return outcomes
}

/** Answers `/7` with the exhibit of that number, and `/plain/7` as every server does. */
function startUpstream() {
  return startAskedUpstream((head, socket) => {
    const [, plain, number = '', poisoned] = /^\S+ \/(plain\/)?(\d*)(\?\S*)? /.exec(head) ?? []
    const exhibit = exhibits[Number(number)]
    if (plain !== undefined || exhibit === undefined || number === '') {
      const body = `${plainBody} ${number}`
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      return
    }
    const { bytes: answer, stays } = exhibit
    socket.write(answer + (poisoned === undefined ? '' : poison), 'latin1')
    if (stays !== true) socket.end()
  })
}
