import t from 'tap'
import { loginDemand, logsConnectionIn } from '../../../src/proxy/message/login-schemes.js'
import type { ResponseHead } from '../../../src/proxy/message/response-head.js'

function headOf(status: number, fields: readonly string[]): ResponseHead {
  const version = '1.1'
  return { status, reason: '', version, fields, connection: undefined, isChunked: false, length: 0 }
}

t.test('a response demands a log-in of its connection when its challenges are', async t => {
  for (const [what, challenges, demand] of [
    ['NTLM', ['NTLM'], 'connection'],
    ['in any case', ['nEGOTIATE'], 'connection'],
    ['a step of one', ['NTLM TlRMTVNTUAACAAAADgA='], 'connection'],
    ['several in one line', ['Negotiate, NTLM'], 'connection'],
    ['several in two lines', ['Negotiate', 'NTLM'], 'connection'],
    ['of the kin of both', ['Nego2', 'Kerberos', 'CredSSP'], 'connection'],
    ['behind parameters', ['Basic realm="a", charset="UTF-8", NTLM'], 'or-other'],
    ['before others', ['Negotiate, Digest realm="a", nonce="b"'], 'or-other'],
    ['in another line than others', ['Bearer', 'Negotiate'], 'or-other'],
    ['between empty elements', [', ,NTLM,'], 'connection'],
    ['others alone', ['Basic realm="a"', 'Digest realm="b"'], 'none'],
    ['others that quote one', ['Basic realm="for, NTLM users"'], 'none'],
    ['others that quote a quote', ['Basic realm="a \\", NTLM"'], 'none'],
    ['others with a parameter of that name', ['Custom a="b", negotiate="c"'], 'none'],
    ['others that begin alike', ['NTLMv3 a', 'Negotiated'], 'none'],
    ['none', [], 'none'],
  ] as const) {
    const fields = challenges.flatMap(value => ['WWW-Authenticate', value])
    t.equal(loginDemand(headOf(401, ['Server', 'a', ...fields])), demand, what)
    const ofProxy = challenges.flatMap(value => ['proxy-authenticate', value])
    t.equal(loginDemand(headOf(407, ofProxy)), demand, `${what}, of a proxy`)
    t.equal(loginDemand(headOf(401, ofProxy)), 'none')
    t.equal(loginDemand(headOf(200, fields)), 'none')
  }
})

t.test('a request logs its connection in when its Authorization is', async t => {
  for (const [value, logsIn] of [
    ['NTLM TlRMTVNTUAABAAAA', true],
    ['negotiate YII=', true],
    ['Kerberos\tYII=', true],
    ['NTLM', true],
    ['Basic YTpi\nNTLM TlRM', true],
    ['Basic YTpi, Negotiate YII=', true],
    ['Basic bnRsbQ==', false],
    ['Bearer ntlm-but-not', false],
    ['Digest username="a", realm="b"', false],
    ['NTLMv3 a', false],
    [undefined, false],
  ] as const) {
    t.equal(logsConnectionIn(value), logsIn, String(value))
  }
})

t.test('a long and crooked list is read in one pass', async t => {
  const began = performance.now()
  loginDemand(headOf(401, ['WWW-Authenticate', '"\\"'.repeat(30_000)]))
  logsConnectionIn(' ,"'.repeat(30_000))
  t.ok(performance.now() - began < 1_000)
})
