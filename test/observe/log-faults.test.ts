// A log that nobody reads, nobody can take, or nothing can hold must cost no request.
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, createReadStream, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const serverPath = fileURLToPath(new URL('logging-server.js', import.meta.url))

interface Stats {
  readonly dropped: number
  readonly rss: number
}

async function startServer(t: Test, stdout: number | 'pipe') {
  const child = fork(serverPath, { stdio: ['ignore', stdout, 'inherit', 'ipc'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [port] = await once(child, 'message')
  const log = async (lines: number): Promise<Stats> => {
    const response = await fetch(`http://127.0.0.1:${port}/${lines}`)
    return (await response.json()) as Stats
  }
  return { child, log }
}

interface Line {
  readonly id: string
  readonly linesDropped?: number
}

/** Every line that comes, up to the one that `isLast` knows. Each must be JSON. */
async function readLines(from: Readable, isLast: (line: Line) => boolean): Promise<Line[]> {
  const lines: Line[] = []
  let unread = ''
  from.setEncoding('utf8')
  for await (const chunk of from) {
    const parts = (unread + chunk).split('\n')
    unread = parts.pop() ?? ''
    for (const part of parts) {
      const line = JSON.parse(part)
      lines.push(line)
      if (isLast(line)) return lines
    }
  }
  return lines
}

function createFifo(t: Test) {
  const path = join(t.testdir({}), 'log')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(path, 'w')
  return { reader, writer }
}

async function assertStalled(t: Test, log: (lines: number) => Promise<Stats>) {
  const first = await log(20_000)
  t.ok(first.dropped > 10_000, 'what does not fit is dropped')
  const second = await log(20_000)
  t.ok(second.dropped > first.dropped + 15_000, 'and what comes after it')
  t.ok(second.rss - first.rss < 48 * 1024 * 1024, 'memory does not follow')
}

/** Reads on, until a line logged by now has come through, and adds up. */
async function assertTold(t: Test, reader: Readable, log: (lines: number) => Promise<Stats>) {
  const reading = readLines(reader, ({ id }) => Number(id) > 40_000)
  // Room comes back as the reader reads; a line logged before that is dropped like the others.
  let isRead = false
  const read = reading.then(() => {
    isRead = true
  })
  while (!isRead) await Promise.race([log(1), read])
  let dropped = 0
  const wrong = (await reading).findIndex(({ id, linesDropped }, index) => {
    dropped += linesDropped ?? 0
    return index + 1 + dropped !== Number(id)
  })
  t.ok(dropped > 25_000)
  t.equal(wrong, -1, 'each line tells exactly how many were lost before it')
}

t.test('a pipe whose reader stalls', async t => {
  const { reader, writer } = createFifo(t)
  const { log } = await startServer(t, writer)
  closeSync(writer)
  await assertStalled(t, log)
  await assertTold(t, new Socket({ fd: reader, readable: true, writable: false }), log)
})

t.test('a socket whose reader stalls', async t => {
  const { child, log } = await startServer(t, 'pipe')
  await assertStalled(t, log)
  await assertTold(t, child.stdout as Readable, log)
})

t.test('a pipe whose reader has gone', async t => {
  const { reader, writer } = createFifo(t)
  const { child, log } = await startServer(t, writer)
  closeSync(writer)
  t.match(await log(100), { dropped: 0 })
  closeSync(reader)
  await assertServesWithout(t, child, log)
})

t.test('a disk that is full', async t => {
  const { child, log } = await startServer(t, openSync('/dev/full', 'w'))
  await assertServesWithout(t, child, log)
})

async function assertServesWithout(
  t: Test,
  child: ChildProcess,
  log: (lines: number) => Promise<Stats>,
) {
  t.match(await log(100), { dropped: 100 })
  t.match(await log(100), { dropped: 200 }, 'and the next request is served')
  t.equal(child.exitCode, null)
}

t.test('a file takes every line', async t => {
  const path = join(t.testdir({}), 'log')
  const { log } = await startServer(t, openSync(path, 'w'))
  t.match(await log(2000), { dropped: 0 })
  const lines = await readLines(createReadStream(path), () => false)
  t.equal(lines.length, 2000)
})
