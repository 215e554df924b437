// What means this machine and no other: RFC 6761, 6.3 for names, RFC 1122, 3.2.1.3 and RFC 4291,
// 2.5.3 for addresses. All take lower case, as URLs and sockets give it.

/** `localhost`, and every name below it, with the dot of a whole name behind it or not. */
export const isLoopbackName = (host: string): boolean => {
  const name = host.endsWith('.') ? host.slice(0, -1) : host
  return name === 'localhost' || name.endsWith('.localhost')
}

/** Any of 127.0.0.0/8 or `::1`, also as a socket that serves both families writes it. */
export const isLoopbackAddress = (address: string): boolean =>
  address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/u.test(address)

/** A name or an address; IPv6 with brackets or without. */
export const isLoopbackHost = (host: string): boolean =>
  isLoopbackName(host) || host === '[::1]' || isLoopbackAddress(host)

/** The two addresses that such a name stands for. */
export const loopbackAddresses: { readonly address: string; readonly family: 4 | 6 }[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/**
 * The address of a listener as a person on this machine should type it: cookies go by the name, and the
 * page is on localhost nearly always. Nobody can be reached at a wildcard address.
 */
export const atLocalhost = (url: string): string =>
  url.replace(/\/\/(?:127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?=[:/]|$)/gu, '//localhost')
