import { variableName } from '../terms/option-names.js'
import { refuseOtherSites } from './access.js'
import type { Credentials } from './credentials.js'
import { replyMessagePage, replySignIn } from './pages.js'
import { readBody } from './read-body.js'
import { redirect, replyError } from './reply.js'
import type { AdminRequest, AdminRoute } from './route.js'

/** The two addresses with which a browser trades the token for a cookie, and gives it back. */
export function signInRoutes(credentials: Credentials, hasToken: () => boolean): AdminRoute[] {
  const off = () =>
    hasToken() ? undefined : `Set ${variableName('adminToken')} to a long random text.`
  return [
    {
      method: 'GET',
      path: '/sign-in',
      access: 'open',
      says: 'signs a browser in with the admin token',
      off,
      answer: ({ response }) => replySignIn(response, 200),
    },
    {
      method: 'POST',
      path: '/sign-in',
      access: 'open',
      off,
      answer: request => signIn(request, credentials),
    },
    {
      method: 'POST',
      path: '/sign-out',
      access: 'open',
      says: 'signs the browser out',
      off,
      answer: ({ response }) => redirect(response, '/', credentials.signOut()),
    },
  ]
}

async function signIn({ asker, request, response }: AdminRequest, credentials: Credentials) {
  // Nobody is to be signed in by a page of another site.
  const refusal = refuseOtherSites(asker)
  if (refusal !== undefined) {
    replyMessagePage(response, refusal.status, 'Not from here', refusal.message)
    return
  }
  const body = await readBody(request)
  if (body === undefined) {
    replyError(response, 413, 'body-too-large', 'Send only the form of this page.')
    return
  }
  const answer = credentials.signIn(
    new URLSearchParams(body).get('token')?.trim() ?? '',
    asker.peer,
  )
  if (answer.proof === 'right') redirect(response, '/inspect', answer.cookie)
  else if (answer.proof === 'wrong') replySignIn(response, 401, 'This is not the admin token.')
  else replySignIn(response, 429, 'Too many wrong tokens. Try again in a minute.')
}
