// What would allow what was refused. Only ever something that the program would take, and that can
// be pasted whoever chose the value; where there is no such thing, the sentence that says why.

import { servedMethods } from '../terms/methods.js'
import { isPlainName, isPlainOrigin } from '../terms/paste.js'
import type { Decision, Fix } from './decision.js'
import { forbiddenMethods, isForbiddenRequestHeader } from './header-names.js'
import { isByScript } from './isolation.js'
import { respell } from './near-miss.js'
import { isLoopback, parseOrigin } from './origin.js'

/** One of the two: a change of the settings, or why none is advised. */
export type Advice =
  | { readonly fix: Fix; readonly instead?: never }
  | { readonly fix?: never; readonly instead: string }

/** The change that would allow what was refused, or undefined where no setting should be changed. */
export function fixFor(decision: Decision): Fix | undefined {
  return adviceFor(decision)?.fix
}

/** What to do about a refusal; undefined where its reason has said it already. */
export function adviceFor(decision: Decision): Advice | undefined {
  const { reason, subject = '', policy } = decision
  switch (reason) {
    case 'host-not-allowed':
      return hostAdvice(subject)
    case 'origin-not-allowed':
      return originAdvice(subject, policy.credentials)
    case 'cross-site':
      return crossSiteAdvice(decision)
    case 'malformed-origin': {
      const spelled = respell(subject)
      return spelled !== undefined && isPlainOrigin(spelled)
        ? { instead: `A browser sends ${spelled}.` }
        : undefined
    }
    case 'origin-null':
      return { instead: 'Serve the page from an origin that can be listed.' }
    case 'method-not-allowed':
      return methodAdvice(subject)
    case 'header-not-allowed':
    case 'header-authorization-not-covered-by-wildcard':
      return headerAdvice(subject)
    default:
      return undefined
  }
}

/** A page that asks by script can be given a grant; a link, a form or a frame can't. */
function crossSiteAdvice(decision: Decision): Advice {
  const { origin, policy } = decision
  const isListable = origin !== undefined && policy.origins.match(origin) === undefined
  if (isListable && isByScript(decision)) return originAdvice(origin, policy.credentials)
  const isLink = policy.isolate === 'api' && !isByScript(decision)
  const links = isLink ? ' isolate: resources lets links through.' : ''
  return {
    instead: `Ask by fetch() from a listed origin, or set isolate: off for the paths that are for other sites.${links}`,
  }
}

/** What to do so that this host is served. */
function hostAdvice(host: string): Advice {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return /^[\w-]+(?:\.[\w-]+)*$/.test(name)
    ? { fix: { option: 'allowHosts', value: name } }
    : unusual
}

/** What to do so that this origin is allowed. */
export function originAdvice(origin: string, credentials: boolean): Advice {
  if (!isPlainOrigin(origin)) return unusual
  const parsed = parseOrigin(origin)
  const isInsecure = parsed?.scheme === 'http' && !isLoopback(parsed)
  return isInsecure && credentials
    ? {
        instead: `A page on plain HTTP gets no credentials: serve it from ${origin.replace('http:', 'https:')} and list that, or turn allowCredentials off.`,
      }
    : { fix: { option: 'allowOrigins', value: origin } }
}

/** The same for a method. */
export function methodAdvice(method: string): Advice {
  if (!isPlainName(method)) return unusual
  const upper = method.toUpperCase()
  if (forbiddenMethods.has(upper)) return { instead: 'No browser sends it from a page.' }
  if (!servedMethods.has(upper)) return { instead: 'It is no method that this server can read.' }
  return method === upper
    ? { fix: { option: 'allowMethods', value: method } }
    : { instead: `Methods are compared with their case: write ${upper} in the page.` }
}

/** The same for a request header. */
export function headerAdvice(header: string): Advice {
  const name = header.toLowerCase()
  if (!isPlainName(name)) return unusual
  if (name.startsWith('access-control-')) {
    return { instead: 'It is a header of CORS itself: do not set it in the page.' }
  }
  return isForbiddenRequestHeader(name)
    ? { instead: 'Only the browser itself sets it: the value of a page is ignored.' }
    : { fix: { option: 'allowHeaders', value: name } }
}

/** Strangers choose these names, and text to paste must not do more than it seems to. */
const unusual: Advice = {
  instead: 'It holds characters that no usual name has, so there is nothing to paste for it.',
}
