// Every case of test/cases/origins.json that an HTTP parser lets through, on the wire: one process
// per allow-list. The values that cannot pass a parser are asked of the matcher in test/policy.

import t, { type Test } from 'tap'
import { readCases } from '../support/cases.js'
import { openRawClient } from '../support/raw-client.js'
import { answer, type RawUpstream, startRawUpstream } from '../support/raw-upstream.js'
import { DidNotStart, type SidecarProcess, startSidecar } from '../support/sidecar-process.js'
import { statusOf, valuesOf } from '../support/strict-http.js'

interface OriginCase {
  readonly id: string
  readonly allowed: readonly string[]
  readonly origin: string
  readonly expectAllowed: boolean
  readonly why: string
  readonly layer?: 'unit'
  readonly wireBytes?: 'utf8'
  readonly maxMillis?: number
  readonly expectAcao?: string
}

/** Where the case files disagree with each other or with a standard, and what holds here. */
const overruled: Readonly<Record<string, { expectAllowed: boolean; because: string }>> = {
  o039: {
    expectAllowed: true,
    because:
      'browsers accept a label over 63 octets, which never resolves; origin-label-over-63 in cors.json expects it',
  },
}

t.setTimeout(300_000)
t.test('origins.json', async t => {
  t.setTimeout(300_000)
  const cases = readCases<OriginCase>('origins.json')
  t.ok(cases.length >= 122, 'no case was lost')
  const upstream = await startRawUpstream()
  t.teardown(() => upstream.close())

  const groups = new Map<string, OriginCase[]>()
  for (const each of cases) {
    if (each.layer === 'unit') continue
    const key = JSON.stringify(each.allowed)
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  const start = (group: OriginCase[] | undefined) => {
    const allowed = group?.[0]?.allowed
    const started =
      allowed &&
      startSidecar({
        upstream: upstream.url,
        config: { allowOrigins: allowed, allowCredentials: false },
      })
    started?.catch(() => undefined)
    return started
  }
  const all = [...groups.values()]
  let next = start(all[0])
  for (const [index, group] of all.entries()) {
    const sidecar = await next?.catch((error: Error) => error)
    next = start(all[index + 1])
    for (const each of group) {
      await t.test(`${each.id}: ${each.why}`, async t => {
        if (sidecar instanceof DidNotStart) refusedAtStart(t, each, sidecar)
        else if (sidecar instanceof Error) throw sidecar
        else if (sidecar) await run(t, each, sidecar, upstream)
      })
    }
    if (sidecar && !(sidecar instanceof Error)) {
      t.equal(
        (await sidecar.stop()).code,
        0,
        `a clean exit after ${JSON.stringify(group[0]?.allowed)}`,
      )
    }
  }
})

/** A list that may not be configured allows nothing. */
function refusedAtStart(t: Test, each: OriginCase, { exit }: DidNotStart): void {
  t.equal(each.expectAllowed, false, 'a list that refuses to start allows nothing')
  t.equal(exit.code, 2, 'exit code of a configuration problem')
  t.match(exit.stderr, each.allowed[0] || 'empty', 'the entry is named')
}

async function run(t: Test, each: OriginCase, sidecar: SidecarProcess, upstream: RawUpstream) {
  const expectAllowed = overruled[each.id]?.expectAllowed ?? each.expectAllowed
  const bytes = Buffer.from(each.origin, each.wireBytes ?? 'latin1')
  upstream.play(upstreamAnswer)
  const client = await openRawClient({ port: sidecar.port })
  try {
    client.write('GET /v1/items HTTP/1.1\r\nHost: sidecar.test\r\nOrigin: ')
    client.write(bytes)
    client.write('\r\n\r\n')
    const response = await client.response()
    const granted = valuesOf(response.headers, 'access-control-allow-origin')
    if (expectAllowed) {
      t.equal(statusOf(response), 200, 'status')
      t.strictSame(granted, [each.expectAcao ?? each.origin], 'the grant')
    } else {
      t.strictSame(granted, [], 'no grant')
      t.strictSame(
        valuesOf(response.headers, 'access-control-allow-credentials'),
        [],
        'nor credentials',
      )
    }
    const isPublic = each.expectAcao === '*'
    t.equal(/\borigin\b/i.test(valuesOf(response.headers, 'vary').join()), !isPublic, 'Vary')
  } finally {
    client.destroy()
  }
  t.ok(sidecar.alive, 'the process lives')
}

/** Sends CORS headers of its own, which must never reach a stranger. */
const upstreamAnswer = answer(
  'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nContent-Length: 2\r\n\r\nok',
)
