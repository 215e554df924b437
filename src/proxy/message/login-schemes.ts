/**
 * Schemes that log in a connection, and with it every request that follows on it, whoever sent it. HTTP
 * forbids that (https://www.rfc-editor.org/rfc/rfc9110#section-3.3, on RFC 4559); Windows servers do it.
 */

import { isName } from '../../terms/field-names.js'
import { eachField } from '../../terms/fields.js'
import type { ResponseHead } from './response-head.js'

const byConnection = ['ntlm', 'negotiate', 'nego2', 'kerberos', 'credssp']

// Wider than any server reads it: a connection that is kept apart for nothing harms nobody.
const anyOfThem = new RegExp(`(?:^|[\\s,"])(?:${byConnection.join('|')})(?![\\w-])`, 'iu')

/** Whether a request with this `Authorization` logs its connection in. */
export function logsConnectionIn(authorization: string | undefined): boolean {
  return authorization !== undefined && anyOfThem.test(authorization)
}

/** Whether a response demands that the connection is logged in; `or-other`: or the request by itself. */
export type LoginDemand = 'none' | 'connection' | 'or-other'

/** https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 */
export function loginDemand({ status, fields }: ResponseHead): LoginDemand {
  if (status !== 401 && status !== 407) return 'none'
  const wanted = status === 401 ? 'www-authenticate' : 'proxy-authenticate'
  let demands = false
  let hasOther = false
  eachField(fields, (name, value) => {
    if (!isName(name, wanted)) return
    for (const scheme of schemesIn(value)) {
      if (byConnection.includes(scheme)) demands = true
      else hasOther = true
    }
  })
  if (!demands) return 'none'
  return hasOther ? 'or-other' : 'connection'
}

/** The schemes of a list of challenges, in lower case: what stands before a blank or all by itself. */
function schemesIn(challenges: string): string[] {
  return elementsOf(challenges).flatMap(element => {
    const scheme = /^\s*([^\s="]+)(?=\s+[^\s=]|\s*$)/u.exec(element)?.[1]
    return scheme === undefined ? [] : [scheme.toLowerCase()]
  })
}

/** What stands between the commas that are not quoted. */
function elementsOf(list: string): string[] {
  const elements: string[] = []
  let isQuoted = false
  let from = 0
  for (let at = 0; at < list.length; at++) {
    const letter = list[at]
    if (letter === '"') isQuoted = !isQuoted
    else if (letter === '\\' && isQuoted) at++
    else if (letter === ',' && !isQuoted) {
      elements.push(list.slice(from, at))
      from = at + 1
    }
  }
  elements.push(list.slice(from))
  return elements
}
