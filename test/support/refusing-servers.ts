// Servers that refuse an upload by its head and close, each in its own way.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nginxConfiguration } from './nginx-configuration.js'
import { freePort, type RealPeer, running } from './real-peers.js'

export type RefuserName = 'haproxy' | 'nginx' | 'gunicorn' | 'raw'

/** Each answers `POST /401` and `POST /413` with that status. */
export async function startRefuser(
  name: RefuserName,
  command: string,
): Promise<Pick<RealPeer, 'url' | 'close'>> {
  if (name === 'raw') return startRawRefuser()
  const directory = mkdtempSync(join(tmpdir(), `cors-sidecar-refusing-${name}-`))
  const port = await freePort()
  const { text, args } = settings[name](directory, port)
  writeFileSync(join(directory, 'configuration.py'), text)
  const child: ChildProcess = spawn(command, args, {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return await running(child, `http://127.0.0.1:${port}`, directory, directory)
}

type Settings = (directory: string, port: number) => { text: string; args: readonly string[] }

const settings: Readonly<Record<Exclude<RefuserName, 'raw'>, Settings>> = {
  haproxy: (_directory, port) => ({
    args: ['-db', '-f', 'configuration.py'],
    text: `
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend here
  bind 127.0.0.1:${port}
  http-request deny deny_status 401 if { path_beg /401 }
  http-request deny deny_status 413 if { path_beg /413 }
  http-request return status 200
`,
  }),
  nginx: (directory, port) => ({
    args: ['-p', directory, '-c', 'configuration.py', '-e', 'stderr'],
    text: nginxConfiguration(
      directory,
      `server {
      listen 127.0.0.1:${port};
      location / { return 200; }
      location /401 { auth_basic closed; auth_basic_user_file /dev/null; client_max_body_size 0; }
      location /413 { client_max_body_size 1m; }
    }`,
    ),
  }),
  gunicorn: (_directory, port) => ({
    args: ['-m', 'gunicorn', '--bind', `127.0.0.1:${port}`, 'configuration:app'],
    text: `
def app(environ, start_response):
    status = environ['PATH_INFO'].strip('/') or '200'
    body = b'refused' * 20
    start_response(status + ' Refused', [('Content-Length', str(len(body)))])
    return [body]
`,
  }),
}

/** Closes at once behind its answer, with bytes unread: the kernel sends a reset. */
async function startRawRefuser(): Promise<Pick<RealPeer, 'url' | 'close'>> {
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
    socket.once('data', bytes => {
      socket.pause()
      const status = /^\w+ \/(\d+)/.exec(bytes.toString('latin1'))?.[1] ?? '200'
      const body = 'refused'.repeat(20)
      const head = `HTTP/1.1 ${status} Refused\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
      socket.write(head + body, () => socket.destroy())
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
