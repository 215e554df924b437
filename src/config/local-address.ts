// What people type for a program on their own machine: its port, or the machine and its port. Nobody
// else's address is guessed at: for those the scheme has to be written.

import { isLoopbackHost } from '../terms/loopback.js'

/** `5000`, `:5000`, `localhost:5000` or `[::1]:5000`, a path included, as a URL; else undefined. */
export function localUrl(text: string): string | undefined {
  const [, host = '', port, path = ''] = localForm.exec(text) ?? []
  if (port === undefined || (host !== '' && !isLoopbackHost(host.toLowerCase()))) return undefined
  const scheme = port === '443' ? 'https' : 'http'
  return `${scheme}://${host === '' ? 'localhost' : host.toLowerCase()}:${port}${path}`
}

/** The origin of a page on this machine that such a text names. */
export function localOrigin(text: string): string | undefined {
  const url = localUrl(text)
  // With a path, or a port that is none, it is judged as any other entry is.
  return url !== undefined && /\d$/u.test(url) && URL.canParse(url) ? new URL(url).origin : url
}

/** The URL that was meant by one whose host is a number: `http://5000`. A browser reads it as an address. */
export function portForHost(text: string): string | undefined {
  const [, scheme, port, path = ''] = /^(https?):\/\/:?(\d{2,5})(\/.*)?$/iu.exec(text) ?? []
  return scheme === undefined ? undefined : `${scheme.toLowerCase()}://localhost:${port}${path}`
}

const localForm = /^(?:(\[[^\]]*\]|[^\s/:[\]]*):)?(\d+)(\/\S*)?$/u
