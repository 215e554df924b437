import t from 'tap'
import { optionNames, optionRow } from '../../../src/config/options.js'
import { failureOf, failureOfBytes } from '../../../src/proxy/http1/failure.js'
import type { UpstreamAddress } from '../../../src/proxy/message/address.js'
import { flagName } from '../../../src/terms/option-names.js'
import { failureRow, upstreamFailures } from '../../../src/terms/upstream-failure.js'

const coded = (code: string) => Object.assign(new Error('10.1.2.3:5000'), { code })

const address: UpstreamAddress = {
  protocol: 'https:',
  hostname: 'api.test',
  port: 443,
  socketPath: undefined,
  basePath: '',
}
const plain = { ...address, protocol: 'http:', port: 80 } as const
const local = { ...plain, hostname: 'localhost' } as const
const socket = { ...plain, protocol: 'unix:', hostname: '', socketPath: '/run/api' } as const

const sslError = (reason: string) =>
  Object.assign(
    new Error(
      `write EPROTO 80CC:error:0A00010B:SSL routines:ssl3_get_record:${reason}:../deps/openssl/ssl3_record.c:350:\n`,
    ),
    { code: 'EPROTO' },
  )

t.test('a failure is told apart:', async t => {
  const attempt = { wasConnected: false, address, isContainer: false }
  for (const [error, changed, failure] of [
    [coded('ECONNREFUSED'), {}, 'connect-refused'],
    [coded('ECONNREFUSED'), { address: local }, 'connect-refused'],
    [coded('ECONNREFUSED'), { address: local, isContainer: true }, 'refused-in-container'],
    [coded('ECONNREFUSED'), { isContainer: true }, 'connect-refused'],
    [coded('ENOTFOUND'), {}, 'name-unknown'],
    [coded('EAI_AGAIN'), {}, 'dns'],
    [coded('ETIMEDOUT'), {}, 'connect-timeout'],
    [coded('EHOSTUNREACH'), {}, 'connect-failed'],
    [coded('ENOENT'), { address: socket }, 'socket-missing'],
    [coded('EACCES'), { address: socket }, 'socket-forbidden'],
    [coded('EACCES'), { address: plain }, 'connect-failed'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), {}, 'certificate-untrusted'],
    [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), {}, 'certificate-untrusted'],
    [coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), {}, 'certificate-untrusted'],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), {}, 'certificate-name'],
    [coded('CERT_HAS_EXPIRED'), {}, 'certificate-expired'],
    [coded('CERT_NOT_YET_VALID'), {}, 'certificate-expired'],
    [sslError('tlsv13 alert certificate required'), { wasConnected: true }, 'certificate-wanted'],
    [sslError('tlsv1 alert unknown ca'), { wasConnected: true }, 'certificate-wanted'],
    [sslError('wrong version number'), {}, 'speaks-no-tls'],
    [sslError('packet length too long'), {}, 'speaks-no-tls'],
    [sslError('tlsv1 alert no application protocol'), {}, 'speaks-http2'],
    [sslError('tlsv1 alert protocol version'), {}, 'tls'],
    [sslError('ssl/tls alert handshake failure'), {}, 'tls'],
    [coded('ECONNRESET'), {}, 'tls'],
    [coded('ECONNRESET'), { address: plain }, 'connect-failed'],
    [coded('ECONNRESET'), { wasConnected: true }, 'reset'],
    [coded('EPIPE'), { wasConnected: true }, 'reset'],
    [new TypeError('10.1.2.3:5000'), { wasConnected: true }, 'reset'],
  ] as const) {
    const report = failureOf(error, { ...attempt, ...changed })
    t.equal(report.failure, failure, `${report.detail} ${JSON.stringify(changed)}`)
  }
})

t.test('of both addresses of a name the first counts', async t => {
  const both = new AggregateError([coded('ECONNREFUSED'), coded('ETIMEDOUT')], 'all failed')
  const report = failureOf(both, { wasConnected: false, address, isContainer: false })
  t.match(report, { failure: 'connect-refused', detail: 'ECONNREFUSED: 10.1.2.3:5000' })
})

t.test('of what OpenSSL says the log gets the words, and no addresses in memory', async t => {
  const error = sslError('wrong version number')
  const report = failureOf(error, { wasConnected: false, address, isContainer: false })
  t.equal(report.detail, 'EPROTO: wrong version number')
})

t.test('what speaks another protocol is called by its name', async t => {
  for (const [text, failure, name] of [
    ['\x15\x03\x01\0\x02\x02\x46', 'speaks-tls', 'TLS'],
    ['\0\0\x12\x04\0\0\0\0\0\0\x03', 'speaks-http2', 'HTTP/2'],
    ['SSH-2.0-OpenSSH_9.2\r\n', 'speaks-no-http', 'SSH'],
    ["-ERR unknown command 'GET'\r\n", 'speaks-no-http', 'Redis'],
    ['J\0\0\0\n8.0.36\0', 'speaks-no-http', 'MySQL'],
    ['220 mail.test ESMTP\r\n', 'speaks-no-http', 'SMTP or FTP'],
    ['* OK IMAP4rev1\r\n', 'speaks-no-http', 'IMAP'],
  ] as const) {
    const report = failureOfBytes(text)
    t.equal(report.failure, failure, name)
    t.ok(report.detail.endsWith(`it looks like ${name}`), report.detail)
  }
  t.match(failureOfBytes('hello'), { failure: 'speaks-no-http', detail: /HTTP\/1$/ })
})

t.test('every failure says what happened and what to do, in words that start', async t => {
  const flags = new Set(optionNames.filter(name => optionRow(name).flag).map(flagName))
  for (const failure of Object.keys(upstreamFailures) as (keyof typeof upstreamFailures)[]) {
    const { happened, cure } = failureRow(failure)
    t.match(happened, /^[A-Z].*\.$/, failure)
    t.match(cure, /^[A-Z].*\.$/, failure)
    for (const [, flag = ''] of cure.matchAll(/(?<!docker run )--([a-z\d-]+)/g)) {
      t.ok(flags.has(flag) || flag === 'route', `${failure}: --${flag}`)
    }
  }
})
