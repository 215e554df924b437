import t from 'tap'
import { createCredentials } from '../../src/admin/credentials.js'

const hour = 3_600_000

/** Credentials with a token and a clock that the test moves. */
function scene({ token }: { token?: string } = { token: 's3cret' }) {
  const state = { token, now: 1_700_000_000_000 }
  const credentials = createCredentials(
    () => state.token,
    () => state.now,
  )
  const proof = (headers: Record<string, string>, peer = '10.0.0.9') =>
    credentials.proofOf({ method: 'GET', httpVersion: '1.1', headers, peer })
  const bearer = (text: string, peer?: string) => proof({ authorization: `Bearer ${text}` }, peer)
  const signedIn = () => {
    const answer = credentials.signIn('s3cret', '10.0.0.9')
    return answer.proof === 'right' ? (answer.cookie.split(';')[0] ?? '') : ''
  }
  return { state, credentials, proof, bearer, signedIn }
}

t.test('the token is proof, and nothing that resembles it', async t => {
  const { proof, bearer } = scene()
  t.equal(bearer('s3cret'), 'right')
  t.equal(proof({ authorization: 'bearer s3cret' }), 'right')
  t.equal(proof({}), 'none')
  for (const text of ['s3cre', 's3cret2', 'S3CRET', '', 'undefined']) {
    t.equal(bearer(text), 'wrong', text)
  }
  t.equal(proof({ authorization: 'Basic s3cret' }), 'wrong')
})

t.test('where no token is set, none is right', async t => {
  for (const nothing of [{}, { token: '' }]) {
    const { bearer, credentials, proof } = scene(nothing)
    t.equal(bearer('undefined'), 'none')
    t.equal(bearer(''), 'none')
    t.match(credentials.signIn('', '10.0.0.9'), { proof: 'wrong' })
    t.equal(proof({ cookie: 'cors-sidecar-=1.' }), 'none')
  }
})

t.test(
  'a browser trades the token for a cookie that scripts and other sites cannot use',
  async t => {
    const { credentials, proof, signedIn } = scene()
    const answer = credentials.signIn('s3cret', '10.0.0.9')
    t.match(answer, { proof: 'right' })
    const { cookie } = answer as { cookie: string }
    t.match(cookie, /; Path=\/inspect; Max-Age=43200; HttpOnly; SameSite=Strict$/)
    t.notMatch(cookie, 's3cret')
    t.equal(proof({ cookie: signedIn() }), 'right')
    t.equal(proof({ cookie: `a=b; ${signedIn()}; c="d"` }), 'right', 'among others')
    t.match(credentials.signIn('s3cre', '10.0.0.9'), { proof: 'wrong' })
  },
)

t.test('a cookie is no proof when', async t => {
  for (const [when, change] of [
    ['it is twelve hours old', (_, state) => (state.now += 12 * hour)],
    ['the token is another now', (_, state) => (state.token = 'another')],
    ['its time was moved', cookie => cookie.replace(/=\d/, '=9')],
    ['its time is no number', cookie => cookie.replace(/=\d+/, '=Infinity')],
    ['it was cut', cookie => cookie.slice(0, -1)],
    ['it has another name', cookie => `x${cookie}`],
  ] as readonly [string, (cookie: string, state: { now: number; token?: string }) => unknown][]) {
    const { state, proof, signedIn } = scene()
    const cookie = signedIn()
    const changed = change(cookie, state as { now: number })
    t.equal(
      proof({ cookie: typeof changed === 'string' && changed.includes('=') ? changed : cookie }),
      'none',
      when,
    )
  }
})

t.test('after ten wrong tokens an address waits, even with the right one', async t => {
  const { state, credentials, proof, bearer, signedIn } = scene()
  const cookie = signedIn()
  for (let n = 0; n < 5; n++) {
    t.equal(bearer(`guess${n}`), 'wrong')
    t.match(credentials.signIn(`guess${n}`, '10.0.0.9'), { proof: 'wrong' })
  }
  t.equal(bearer('s3cret'), 'too-many-tries')
  t.match(credentials.signIn('s3cret', '10.0.0.9'), { proof: 'too-many-tries' })
  t.equal(proof({ cookie }), 'right', 'who is signed in stays so')
  t.equal(bearer('s3cret', '10.0.0.10'), 'right', 'others are not hindered')
  state.now += 60_000
  t.equal(bearer('s3cret'), 'right', 'a minute later')
})

t.test('an IPv6 client has one count for its whole network', async t => {
  const { bearer } = scene()
  for (let n = 1; n <= 10; n++) bearer('guess', `2001:db8:1:2::${n}`)
  t.equal(bearer('s3cret', '2001:db8:1:2:ffff::1'), 'too-many-tries')
  t.equal(bearer('s3cret', '2001:db8:1:3::1'), 'right')
  for (let n = 1; n <= 10; n++) bearer('guess', '::ffff:10.0.0.1')
  t.equal(bearer('s3cret', '::ffff:10.0.0.2'), 'right')
})

t.test('no crowd of addresses makes it remember without end, or forget the busiest', async t => {
  const { bearer } = scene()
  for (let n = 0; n < 5000; n++) bearer('guess', `10.1.${n >> 8}.${n & 255}`)
  for (let n = 0; n < 10; n++) bearer('guess', '10.9.9.9')
  t.equal(bearer('s3cret', '10.9.9.9'), 'too-many-tries')
})
