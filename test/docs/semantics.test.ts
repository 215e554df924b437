// docs/semantics.md is the specification that people read: each of its tables is run.
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import t, { type Test } from 'tap'
import { loadSettings } from '../../src/config/load.js'
import { reasons } from '../../src/policy/reasons.js'
import { startSidecar } from '../../src/start/sidecar.js'
import { documentNamed } from './documents.js'
import { isFence, plainCell, type Table } from './markdown.js'

const { sections } = documentNamed('docs/semantics.md')

/** The head that the page says its upstream sends with everything. */
const upstreamFields = (sections[1]?.fences[0]?.text ?? '').split('\n').flatMap(line => {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
})

interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly isUpgrade: boolean
  readonly isDown: boolean
}

/** A first cell in words, as the request that it stands for. */
function asked(cell: string): Asked {
  const words =
    /^(?:preflight for `(?<wanted>\w+)`(?: with `(?<names>[^`]+)`)?|(?<upgrade>upgrade)|`(?<method>\w+)`(?: `(?<path>[^`]+)`)?) (?:from `(?<origin>[^`]+)`|without `Origin`)(?<fields>(?:, `[\w-]+: [^`]+`)*)(?<down>, the upstream is down)?$/u.exec(
      cell,
    )?.groups
  if (words === undefined) throw new Error(`no request: ${cell}`)
  const { wanted, names, upgrade, method, path = '/', origin, fields = '', down } = words
  const isUpgrade = upgrade !== undefined
  return {
    method: wanted === undefined ? (method ?? 'GET') : 'OPTIONS',
    path,
    headers: {
      ...(origin === undefined ? {} : { Origin: origin }),
      ...(wanted === undefined ? {} : { 'Access-Control-Request-Method': wanted }),
      ...(names === undefined ? {} : { 'Access-Control-Request-Headers': names }),
      ...Object.fromEntries(
        [...fields.matchAll(/`([\w-]+): ([^`]+)`/gu)].map(([, name, value]) => [name, value]),
      ),
      ...(isUpgrade
        ? {
            Connection: 'Upgrade',
            Upgrade: 'websocket',
            'Sec-WebSocket-Version': '13',
            'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
          }
        : {}),
    },
    isUpgrade,
    isDown: down !== undefined,
  }
}

async function startUpstream(): Promise<string> {
  const server = createServer((incoming, response) => {
    incoming.resume()
    response.writeHead(200, upstreamFields).end()
  })
  server.on('upgrade', (_incoming, socket) => {
    const lines = upstreamFields.flatMap((name, at) =>
      at % 2 === 0 ? [`${name}: ${upstreamFields[at + 1]}`] : [],
    )
    const head = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket']
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.end())
    socket.write([...head, ...lines, '', ''].join('\r\n'))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A sidecar with the settings of the page, and the reason that it logs for each request. */
async function front(test: Test, upstream: string, yaml: string) {
  const loaded = await loadSettings({
    arguments: [upstream],
    flags: {
      config: ['page.yaml'],
      listen: ['127.0.0.1:0'],
      'admin-listen': ['off'],
      'log-requests': ['all'],
      'shutdown-timeout': ['100ms'],
    },
    env: {},
    cwd: tmpdir(),
    isTerminal: false,
    read: path =>
      path.endsWith('page.yaml')
        ? { text: `${yaml}\nallowHosts: ['*']\n` }
        : { failure: 'not found' },
  })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ reason }) => reason).join('; '))
  const reasonsById = new Map<string, (reason: string) => void>()
  const logDestination = {
    write(line: string) {
      const { id, reason } = JSON.parse(line)
      // An upgrade that opens has a line of its own, which judges nothing.
      if (reason !== undefined) reasonsById.get(id)?.(reason)
    },
    flush: async () => {},
  }
  const sidecar = await startSidecar(loaded, { isTerminal: false, logDestination })
  test.teardown(() => sidecar.close())
  return {
    url: sidecar.url,
    loggedReason: (id: string) =>
      new Promise<string>(resolve => {
        reasonsById.set(id, resolve)
      }),
  }
}

function send(url: string, { method, path, headers }: Asked, id: string): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      path,
      method,
      headers: { ...headers, 'X-Request-Id': id },
    })
    outgoing.on('response', response => {
      response.resume()
      response.on('end', () => resolve(response))
    })
    outgoing.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function headerOf(column: string): string {
  const whole = column === 'Vary' || column === 'Timing-Allow-Origin'
  return (whole ? column : `access-control-${column}`).toLowerCase()
}

async function checkTable(test: Test, upstream: string, yaml: string, table: Table) {
  const columns = table.columns.slice(1)
  const sidecar = await front(test, upstream, yaml)
  const alone = await front(test, 'http://127.0.0.1:1', yaml)
  const shown = new Set(columns.map(headerOf))
  for (const [at, [cell = '', ...cells]] of table.rows.entries()) {
    await test.test(cell, async test => {
      const question = asked(cell)
      const { url, loggedReason } = question.isDown ? alone : sidecar
      const id = `row-${at}`
      const reason = loggedReason(id)
      const response = await send(url, question, id)
      for (const [index, column] of columns.entries()) {
        const expected = plainCell(cells[index] ?? '')
        if (column === 'Status') test.equal(String(response.statusCode), expected, column)
        else if (column === 'Reason') test.equal(await reason, expected, column)
        else {
          const sent = response.headers[headerOf(column)]
          test.equal(sent === undefined ? '–' : String(sent), expected, column)
        }
      }
      const others = Object.keys(response.headers).filter(
        name => name.startsWith('access-control-') && !shown.has(name),
      )
      test.strictSame(others, [], 'no other CORS header')
    })
  }
}

t.test('every table of docs/semantics.md is what the program does', async t => {
  const upstream = await startUpstream()
  let tables = 0
  let yaml = ''
  for (const section of sections) {
    for (const block of section.blocks) {
      if (isFence(block)) {
        if (block.language === 'yaml') yaml = block.text
      } else if (block.columns[0] === 'Request') {
        tables++
        await t.test(`${section.title}, table ${tables}`, test =>
          checkTable(test, upstream, yaml, block),
        )
      }
    }
  }
  t.ok(tables >= 15, `${tables} tables were found`)
})

t.test('every reason stands in its table, with its verdict, a meaning and a cure', async t => {
  const table = sections.find(({ title }) => title === 'Reasons')?.tables[0]
  t.strictSame(
    table?.rows.map(([reason = '', verdict]) => [plainCell(reason), verdict]),
    Object.entries(reasons),
  )
  for (const [reason = '', , meaning = '', cure = ''] of table?.rows ?? []) {
    t.ok(meaning.length > 10 && cure.length > 3, reason)
  }
})
