// The admin token, sent as it is by programs; a browser trades it for a cookie.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Asker, Proof } from './access.js'
import { createTries } from './tries.js'

export interface Credentials {
  /** What the request shows for itself. */
  proofOf(asker: Asker): Proof
  /** A token that was typed, and for a right one the cookie that stands for it. */
  signIn(token: string, peer: string | undefined): SignIn
  /** A cookie that signs the browser out; undefined without a token. */
  signOut(): string | undefined
}

export type SignIn =
  | { readonly proof: 'right'; readonly cookie: string }
  | { readonly proof: 'wrong' | 'too-many-tries' }

/** Cookies reach every port of a host: below this path only, the API behind the proxy port gets none. */
const cookiePath = '/inspect'
const lifeSeconds = 12 * 60 * 60

/** `adminToken` is asked anew each time: another token ends what the last one opened. */
export function createCredentials(
  adminToken: () => string | undefined,
  now: () => number = Date.now,
): Credentials {
  const tries = createTries(now)
  // An empty one would be everybody's.
  const tokenNow = () => adminToken() || undefined

  const judge = (token: string, peer: string | undefined): Proof => {
    const expected = tokenNow()
    if (expected === undefined) return 'none'
    if (tries.areSpent(peer)) return 'too-many-tries'
    if (isSame(token, expected)) return 'right'
    tries.failed(peer)
    return 'wrong'
  }

  return {
    proofOf({ headers, peer }) {
      const expected = tokenNow()
      if (expected === undefined) return 'none'
      if (headers.authorization !== undefined) {
        return judge(bearerToken(headers.authorization), peer)
      }
      const { name, valueUntil } = cookieOf(expected)
      return valuesOf(headers.cookie, name).some(value => {
        const until = Number(value.slice(0, value.indexOf('.')))
        return until > now() / 1000 && isSame(value, valueUntil(until))
      })
        ? 'right'
        : 'none'
    },
    signIn(token, peer) {
      const proof = judge(token, peer)
      if (proof !== 'right') return { proof: proof === 'none' ? 'wrong' : proof }
      const { name, valueUntil } = cookieOf(token)
      const value = valueUntil(Math.floor(now() / 1000) + lifeSeconds)
      const attributes = `Path=${cookiePath}; Max-Age=${lifeSeconds}; HttpOnly; SameSite=Strict`
      return { proof, cookie: `${name}=${value}; ${attributes}` }
    },
    signOut() {
      const token = tokenNow()
      return token && `${cookieOf(token).name}=; Path=${cookiePath}; Max-Age=0; HttpOnly`
    },
  }
}

/** Made from the token alone, so that it outlives a restart. Sidecars of one host with different tokens keep apart. */
function cookieOf(token: string) {
  const sign = (text: string) => createHmac('sha256', token).update(text).digest('base64url')
  return {
    name: `cors-sidecar-${sign('cookie name').slice(0, 8)}`,
    valueUntil: (until: number) => `${until}.${sign(`signed in until ${until}`)}`,
  }
}

function valuesOf(cookieHeader: string | undefined, name: string): readonly string[] {
  const values: string[] = []
  for (const pair of (cookieHeader ?? '').split(';')) {
    const [key = '', value = ''] = pair.trim().split('=', 2)
    if (key === name) values.push(value)
  }
  return values.slice(0, 8)
}

function bearerToken(authorization: string): string {
  const [scheme = '', token = ''] = authorization.split(' ')
  return scheme.toLowerCase() === 'bearer' ? token : ''
}

/** Takes as long whatever differs. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
