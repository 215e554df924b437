// Signs that a request came through another proxy, whose clients may be anybody.
import type { IncomingHttpHeaders } from 'node:http'

/** Fields that proxies, load balancers and CDNs add; `_` reads as `-`, as CGI servers do. */
const proxyField =
  /^(?:forwarded|via|cdn-loop|max-forwards|remote-addr|(?:[a-z]+-)?client-ip|cf-.*|x-(?:forwarded|original|rewrite|real|client|cluster|remote|proxy|envoy|azure|arr|amzn|appengine|scheme)(?:-.*)?)$/

/**
 * True when anything says that another proxy passed the request on. nginx adds no field by default and speaks
 * HTTP/1.0, which nothing else does today. A proxy that leaves no sign can't be told from a program on this machine.
 */
export function isPassedOn(httpVersion: string, headers: IncomingHttpHeaders): boolean {
  if (httpVersion === '1.0') return true
  return Object.keys(headers).some(name => proxyField.test(name.replaceAll('_', '-')))
}
