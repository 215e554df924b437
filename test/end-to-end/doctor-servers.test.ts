// The doctor at servers that nobody here wrote, set up as their users set them up.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { need } from '../support/need.js'
import { runProgram } from '../support/sidecar-process.js'

// Packages are fetched and servers started first.
t.setTimeout(300_000)

const app = 'https://app.example.com'

/** The codes of everything found, and the exit code. */
async function diagnose(url: string, ...flags: string[]): Promise<string[]> {
  const { stdout } = await runProgram(['doctor', url, '--origin', app, '--json', ...flags])
  return JSON.parse(stdout).diagnoses[0].findings.map(({ code }: { code: string }) => code)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Starts a server that listens on the port that it was given. */
async function start(
  test: Test,
  command: string,
  args: readonly string[],
  port: number,
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  test.teardown(() => ended(child))
  for (let tries = 0; !(await isListening(port)); tries++) {
    if (child.exitCode !== null || tries > 300)
      throw new Error(`${command} did not start: ${errors}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return `http://127.0.0.1:${port}/`
}

function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), 3000)
  await exited
  clearTimeout(impatience)
}

function temporaryDirectory(test: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'doctor-'))
  test.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const nginx = need('nginx')

async function startNginx(test: Test, location: string): Promise<string> {
  const directory = temporaryDirectory(test)
  const port = await freePort()
  mkdirSync(join(directory, 'html'))
  writeFileSync(join(directory, 'html', 'index.html'), '<!doctype html><title>x</title>')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `${name}_temp_path ${directory}/${name};`)
    .join(' ')
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off; master_process off; pid ${directory}/pid; error_log stderr;
     events {}
     http { access_log off; ${temporary}
       server { listen 127.0.0.1:${port}; root ${directory}/html;
         location / { ${location} } } }`,
  )
  return start(test, nginx.path, ['-p', directory, '-c', join(directory, 'nginx.conf')], port)
}

t.test('nginx', { skip: nginx.skip }, async t => {
  t.test('with * for everybody and a list of headers, for OPTIONS apart', async t => {
    const url = await startNginx(
      t,
      `if ($request_method = OPTIONS) {
         add_header Access-Control-Allow-Origin *;
         add_header Access-Control-Allow-Methods 'GET, POST, OPTIONS';
         add_header Access-Control-Allow-Headers 'X-Requested-With,Content-Type,Range';
         add_header Access-Control-Max-Age 1728000;
         return 204;
       }
       add_header Access-Control-Allow-Origin *;`,
    )
    t.strictSame(await diagnose(url), [
      'open-to-everyone',
      'header-not-allowed',
      'error-without-cors',
      'answers-any-host',
    ])
  })

  t.test('with $http_origin named back, and credentials', async t => {
    const url = await startNginx(
      t,
      `add_header Access-Control-Allow-Origin $http_origin always;
       add_header Access-Control-Allow-Credentials true always;
       add_header Access-Control-Allow-Headers 'Authorization,Content-Type' always;
       if ($request_method = OPTIONS) { return 204; }`,
    )
    t.strictSame(await diagnose(url), [
      'reflects-any-origin',
      'accepts-null',
      'cache-poisoning',
      'max-age-missing',
      'answers-any-host',
    ])
  })

  t.test('with a pattern that has no end', async t => {
    const url = await startNginx(
      t,
      `set $cors '';
       if ($http_origin ~ '^https?://(www|app)\\.example\\.com') { set $cors $http_origin; }
       add_header Access-Control-Allow-Origin $cors always;
       add_header Access-Control-Allow-Credentials true always;`,
    )
    const found = await diagnose(url)
    for (const code of ['preflight-not-ok', 'accepts-lookalike', 'accepts-insecure-origin']) {
      t.ok(found.includes(code), code)
    }
    t.ok(found.includes('cache-poisoning'))
  })
})

const httpbin = need('httpbin')

t.test('httpbin', { skip: httpbin.skip }, async t => {
  const port = await freePort()
  const program = `from werkzeug.serving import run_simple; import httpbin; run_simple('127.0.0.1', ${port}, httpbin.app)`
  const url = await start(t, httpbin.path, ['-c', program], port)
  const found = await diagnose(`${url}cookies/set/a/1`)
  t.ok(found.includes('reflects-any-origin'), 'it names everybody back, with credentials')
  t.ok(found.includes('accepts-null'))
  t.ok(found.includes('cookie-not-cross-site'))
})

const openOnly = ['open-to-everyone', 'max-age-missing', 'answers-any-host']

const npmPackages = [
  'json-server@0.17.4',
  'http-server@14.1.1',
  'local-cors-proxy@1.1.0',
  'cors-anywhere@0.4.4',
]

/** Too old and too many to be dependencies, so they are fetched where a registry can be reached. */
async function installed(test: Test): Promise<{ directory: string; skip: string | false }> {
  const directory = temporaryDirectory(test)
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  try {
    await promisify(execFile)('npm', ['install', '--prefix', directory, ...flags, ...npmPackages], {
      timeout: 90_000,
    })
    return { directory, skip: false }
  } catch (error) {
    if (process.env.CI_REQUIRE_ALL === '1') throw error
    return { directory, skip: 'the packages cannot be fetched from the npm registry' }
  }
}

t.test('servers from npm', async t => {
  const { directory, skip } = await installed(t)
  const script = (path: string) => join(directory, 'node_modules', path)
  const node = (path: string, args: readonly string[], port: number) =>
    start(t, process.execPath, [script(path), ...args], port)

  t.test('json-server names everybody back, with credentials', { skip }, async t => {
    writeFileSync(join(directory, 'db.json'), '{"posts":[]}')
    const port = await freePort()
    const args = ['--host', '127.0.0.1', '--port', `${port}`, join(directory, 'db.json')]
    const url = await node('json-server/lib/cli/bin.js', args, port)
    const found = await diagnose(`${url}posts`)
    t.match(found, ['reflects-any-origin', 'accepts-null'])
  })

  t.test('http-server --cors lacks the headers that an API needs', { skip }, async t => {
    const port = await freePort()
    const args = [directory, '-a', '127.0.0.1', '-p', `${port}`, '--cors', '-s']
    const url = await node('http-server/bin/http-server', args, port)
    const found = await diagnose(url)
    t.ok(found.includes('header-not-allowed'))
    t.strictSame(await diagnose(url, '--headers', 'range'), openOnly)
  })

  t.test('local-cors-proxy allows *, which does not do for cookies', { skip }, async t => {
    const upstreamPort = await freePort()
    const upstream = await node(
      'http-server/bin/http-server',
      [directory, '-a', '127.0.0.1', '-p', `${upstreamPort}`, '-s'],
      upstreamPort,
    )
    const port = await freePort()
    const args = ['--proxyUrl', upstream, '--port', `${port}`]
    const url = await node('local-cors-proxy/bin/lcp.js', args, port)
    t.strictSame(await diagnose(`${url}proxy/`), openOnly)
  })

  t.test('cors-anywhere too, whatever lies behind it', { skip }, async t => {
    const port = await freePort()
    const program = `require(${JSON.stringify(script('cors-anywhere'))}).createServer({}).listen(${port}, '127.0.0.1')`
    const url = await start(t, process.execPath, ['-e', program], port)
    const upstreamPort = await freePort()
    const upstream = await node(
      'http-server/bin/http-server',
      [directory, '-a', '127.0.0.1', '-p', `${upstreamPort}`, '-s'],
      upstreamPort,
    )
    t.strictSame(await diagnose(`${url}${upstream}`), openOnly)
  })
})
