// Servers that nobody here wrote, each in a directory of its own on a port of its own.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { killWithParent } from './kill-with-parent.js'
import { nginxConfiguration } from './nginx-configuration.js'

export interface RealPeer {
  readonly url: string
  readonly pid: number
  /** What it served, for nginx: the document root. */
  readonly root: string
  close(): Promise<void>
}

/** nginx serving these files, as it is after `apt-get install`: no CORS header of its own. */
export async function startNginx(
  command: string,
  files: Readonly<Record<string, string>>,
): Promise<RealPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'cors-sidecar-nginx-'))
  const root = join(directory, 'root')
  for (const [path, text] of Object.entries({ 'index.html': '', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const port = await freePort()
  const configuration = join(directory, 'nginx.conf')
  writeFileSync(configuration, nginxConfiguration(directory, fileServer(directory, port)))
  const child = spawn(command, ['-p', directory, '-c', configuration, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return await running(child, `http://127.0.0.1:${port}`, root, directory)
}

const fileServer = (directory: string, port: number) => `
  types { application/json json; text/html html; }
  default_type application/octet-stream;
  sendfile on;
  gzip on;
  gzip_types application/json;
  server {
    listen 127.0.0.1:${port};
    root ${directory}/root;
    client_max_body_size 0;
    location /upload/ { dav_methods PUT; create_full_put_path on; }
  }`

const httpbinWithoutGunicorn = `
from httpbin import app
from werkzeug.serving import make_server
server = make_server('127.0.0.1', 0, app, threaded=True)
print('Listening at: http://127.0.0.1:%d ' % server.port, flush=True)
server.serve_forever()`

/** httpbin, under gunicorn where Python has it; it sends \`*\` with credentials of its own. */
export async function startHttpbin(python: string): Promise<RealPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'cors-sidecar-httpbin-'))
  const isGunicorn = await hasGunicorn(python)
  const args = isGunicorn
    ? ['-m', 'gunicorn', '--bind', '127.0.0.1:0', '--threads', '8', 'httpbin:app']
    : ['-c', httpbinWithoutGunicorn]
  const child = spawn(python, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
  const url = await printed(child, /Listening at: (http:\S+)/)
  return await running(child, url, directory, directory)
}

/** A module for Node that prints `listening at URL`; its packages are those of the folder, or of this repository. */
export async function startNodeApp(text: string, packages?: string): Promise<RealPeer> {
  const args = ['--input-type=module', '--eval', text]
  return appThatSaysWhere(spawn(process.execPath, args, { ...piped, cwd: packages }))
}

/** A script for Python that prints `listening at URL`. */
export async function startPythonApp(python: string, text: string): Promise<RealPeer> {
  return appThatSaysWhere(spawn(python, ['-c', text], piped))
}

const piped: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'] }

async function appThatSaysWhere(child: ChildProcess): Promise<RealPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'cors-sidecar-app-'))
  return running(child, await printed(child, /listening at (http:\S+)/), directory, directory)
}

/** Only under gunicorn does httpbin take a chunked upload. */
export function hasGunicorn(python: string): Promise<boolean> {
  return new Promise(resolve => {
    const asking = spawn(python, ['-c', 'import gunicorn'], { stdio: 'ignore' })
    asking.once('close', code => resolve(code === 0))
    asking.once('error', () => resolve(false))
  })
}

/** Resolves with what the pattern captures, once it is in the child's output. */
export function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    const read = (piece: Buffer) => {
      text += piece.toString()
      const found = pattern.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', reject)
    child.once('close', () => reject(new Error(`ended before it printed ${pattern}:\n${text}`)))
  })
}

export async function running(
  child: ChildProcess,
  url: string,
  root: string,
  directory: string,
): Promise<RealPeer> {
  killWithParent(child)
  let errors = ''
  child.stderr?.on('data', (text: Buffer) => {
    errors += text.toString()
  })
  const closed = new Promise<void>(resolve => child.once('close', () => resolve()))
  for (let tries = 0; ; tries += 1) {
    if (child.exitCode !== null || tries > 500)
      throw new Error(`${url} does not answer:\n${errors}`)
    const answered = await fetch(url).catch(() => undefined)
    await answered?.body?.cancel()
    if (answered) break
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return {
    url,
    root,
    pid: child.pid ?? 0,
    async close() {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await closed
      clearTimeout(killer)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** For a program that cannot be told to choose one itself. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
