import t from 'tap'
import {
  Admission,
  type AdmissionLimits,
  type Entrant,
} from '../../../src/proxy/exchange/admission.js'

interface One extends Entrant {
  readonly name: string
}

const made = (name: string, address = name, changed: Partial<One> = {}): One => ({
  name,
  address,
  connection: { places: 0 },
  isUpgrade: false,
  seat: 'none',
  holdings: undefined,
  ...changed,
})

function admission(limits: Partial<AdmissionLimits>) {
  const begun: string[] = []
  const queued: string[] = []
  const turnedAway: string[] = []
  const nearlyFull: number[] = []
  const door = new Admission<One>(
    { maxInFlight: 1_000, maxStreams: 1_000, maxUpgrades: 1_000, ...limits },
    {
      onAdmitted: ({ name }, wasQueued) => (wasQueued ? queued : begun).push(name),
      onTurnedAway: ({ name }) => turnedAway.push(name),
      onNearlyFull: streams => nearlyFull.push(streams),
    },
  )
  /** As many of one address as there is room for. */
  const fill = (address: string, most: number, changed?: Partial<One>) => {
    const all: One[] = []
    for (let n = 0; n < most; n++) {
      const one = made(`${address} ${n}`, address, changed)
      door.enter(one)
      if (one.seat === 'places') all.push(one)
    }
    return all
  }
  return { door, begun, queued, turnedAway, nearlyFull, fill }
}

t.test('so many are at the upstream at one time; the next wait in their order', async t => {
  const { door, begun, queued } = admission({ maxInFlight: 2 })
  const [a, b, c, d] = [made('a'), made('b'), made('c'), made('d')]
  for (const one of [a, b, c, d]) t.equal(door.enter(one), true)
  t.strictSame([begun, queued], [['a', 'b'], []])
  t.equal(c.seat, 'queue')
  door.leave(b)
  t.strictSame(queued, ['c'])
  door.leave(b)
  t.strictSame(queued, ['c'], 'a place is given back once')
  door.leave(a)
  t.strictSame(queued, ['c', 'd'])
  for (const one of [c, d]) door.leave(one)
  t.strictSame(door.held, { places: 0, streams: 0, upgrades: 0 })
})

t.test('one that leaves the queue is not begun', async t => {
  const { door, begun, queued } = admission({ maxInFlight: 1 })
  const [a, b, c] = [made('a'), made('b'), made('c')]
  for (const one of [a, b, c]) door.enter(one)
  door.leave(b)
  door.leave(a)
  t.strictSame([begun, queued], [['a'], ['c']])
})

t.test('a response whose head has come leaves its place to others', async t => {
  const { door, queued } = admission({ maxInFlight: 1 })
  const [a, b] = [made('a'), made('b')]
  for (const one of [a, b]) door.enter(one)
  door.answered(a)
  t.strictSame(queued, ['b'])
  t.strictSame(door.held, { places: 1, streams: 1, upgrades: 0 })
  door.answered(b)
  for (const one of [a, b]) door.leave(one)
  t.strictSame(door.held, { places: 0, streams: 0, upgrades: 0 })
})

t.test('nobody begins while there are as many streams as there may be', async t => {
  const { door, nearlyFull, begun } = admission({ maxStreams: 5 })
  for (const one of [made('a'), made('b'), made('c'), made('d'), made('e')]) {
    door.enter(one)
    door.answered(one)
  }
  t.strictSame(nearlyFull, [4, 5], 'the operator is told before')
  door.enter(made('f'))
  t.strictSame(begun, ['a', 'b', 'c', 'd', 'e'])
})

t.test('open upgrades have a limit of their own', async t => {
  const { door, begun } = admission({ maxUpgrades: 1, maxInFlight: 1 })
  const socket = made('socket', 'a', { isUpgrade: true })
  door.enter(socket)
  door.upgraded(socket)
  door.enter(made('another socket', 'b', { isUpgrade: true }))
  door.enter(made('a request', 'c'))
  t.strictSame(begun, ['socket', 'a request'])
})

t.test('one address can’t take the last place', async t => {
  for (const limit of [64, 256, 4_096]) {
    const { fill } = admission({ maxInFlight: limit })
    const greedy = fill('greedy', 2 * limit).length
    t.ok(greedy >= limit * 0.8, `it takes ${greedy} of ${limit}`)
    t.equal(fill('another', 1).length, 1)
    t.equal(fill('third', 1).length, limit < 256 ? 0 : 1)
  }
  t.test('nor of the streams', async t => {
    const { door, fill } = admission({ maxStreams: 64 })
    for (let n = 0; n < 100; n++) for (const one of fill('greedy', 1)) door.answered(one)
    t.equal(fill('another', 1).length, 1)
  })
  t.test('but it may where there are only a few', async t => {
    t.equal(admission({ maxInFlight: 2 }).fill('alone', 3).length, 2)
  })
})

t.test('one connection can’t take the last place, whoever is behind it', async t => {
  const { door, begun } = admission({ maxInFlight: 30 })
  for (let connection = 0; connection < 3; connection++) {
    const shared = { connection: { places: 0 } }
    for (let n = 0; n < 100; n++) door.enter(made('greedy', 'gateway', shared))
  }
  const before = begun.length
  t.ok(before < 29, `three connections take ${before} of 30`)
  door.enter(made('another', 'somebody'))
  door.enter(made('one more', 'gateway'))
  t.strictSame(begun.slice(before), ['another', 'one more'])
})

t.test('when 256 wait already', async t => {
  t.test('the next is turned away', async t => {
    const { door } = admission({ maxInFlight: 1 })
    for (let n = 0; n <= 256; n++) t.equal(door.enter(made(String(n))), true)
    t.equal(door.enter(made('one more')), false)
  })
  t.test('the address that most of them have makes room for others', async t => {
    const { door, fill, turnedAway } = admission({ maxInFlight: 1 })
    fill('greedy', 300)
    t.equal(door.enter(made('honest')), true)
    t.strictSame(turnedAway, ['greedy 256'])
    t.equal(door.enter(made('greedy again', 'greedy')), false)
  })
})

t.test('nothing is left of those that have gone', async t => {
  const { door, fill } = admission({ maxInFlight: 8 })
  for (const one of [...fill('a', 10), ...fill('b', 10)]) {
    door.answered(one)
    door.leave(one)
  }
  const left = fill('c', 20)
  for (const one of left) door.leave(one)
  t.match(door, { byAddress: new Map([]) })
})
