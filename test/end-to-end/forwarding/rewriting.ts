// What is changed on the way, where the settings say so.
import { get, header, isOk, type Script } from './script.js'

export const rewriting: Readonly<Record<string, Script>> = {
  'location-same-upstream': location(302, url => `${url}/b?x=1#f`, 'http://pub.test/b?x=1#f'),
  'location-foreign': location(302, () => 'https://idp.test/login', 'https://idp.test/login'),
  'location-relative': location(302, () => '../b?x=1', '../b?x=1'),
  'location-303': location(303, url => `${url}/b`, 'http://pub.test/b'),
  'cookie-domain-star': {
    options: { flags: ['--cookie-rewrite', 'dev'] },
    ...cookie('s=1; Domain=.up.test; Path=/; Secure', 's=1; Path=/'),
  },
  'cookie-path': cookie('s=1; path=/app; HttpOnly', 's=1; path=/app; HttpOnly'),
  'xff-append': {
    async run(scene, _, stage) {
      const spoofed = 'GET /p HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n'
      isOk(scene, await scene.send(spoofed))
      header(scene, scene.seen(), 'x-forwarded-for', '127.0.0.1')
      const trusting = await stage.scene(scene.t, {
        flags: ['--trust-proxy', '127.0.0.0/8', '--forwarded-headers', 'append'],
      })
      isOk(trusting, await trusting.send(spoofed))
      header(trusting, trusting.seen(), 'x-forwarded-for', '1.2.3.4, 127.0.0.1')
    },
  },
  'xfwd-host-proto-port': {
    async run(scene) {
      isOk(scene, await scene.send('GET /p HTTP/1.1\r\nHost: pub.test:8443\r\n\r\n'))
      header(scene, scene.seen(), 'x-forwarded-host', 'pub.test:8443')
      header(scene, scene.seen(), 'x-forwarded-proto', 'http')
      header(scene, scene.seen(), 'x-forwarded-port', '8443')
    },
  },
  'host-change-origin': {
    options: { flags: ['--host-header', 'upstream'] },
    async run(scene) {
      isOk(scene, await scene.send(get))
      header(scene, scene.seen(), 'host', `127.0.0.1:${scene.upstream.port}`)
    },
  },
}

function location(status: number, of: (upstreamUrl: string) => string, expected: string): Script {
  return {
    async run(scene) {
      const value = of(scene.upstream.url)
      scene.upstreamDoes(
        `HTTP/1.1 ${status} Elsewhere\r\nLocation: ${value}\r\nContent-Length: 0\r\n\r\n`,
      )
      const answered = await scene.send('GET /a HTTP/1.1\r\nHost: pub.test\r\n\r\n')
      header(scene, answered, 'location', expected)
    },
  }
}

function cookie(sent: string, expected: string): Script {
  return {
    async run(scene) {
      scene.upstreamDoes(`HTTP/1.1 200 OK\r\nSet-Cookie: ${sent}\r\nContent-Length: 2\r\n\r\nok`)
      header(scene, await scene.send(get), 'set-cookie', expected)
    },
  }
}
