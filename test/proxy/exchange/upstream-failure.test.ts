import t from 'tap'
import { messageOf, reportFailure, statusOf } from '../../../src/proxy/exchange/upstream-failure.js'

const coded = (code: string) => Object.assign(new Error('10.1.2.3:5000'), { code })

t.test('a failure is told apart:', async t => {
  for (const [code, wasConnected, failure, status] of [
    ['ECONNREFUSED', false, 'connect-refused', 502],
    ['ENOTFOUND', false, 'dns', 502],
    ['EAI_AGAIN', false, 'dns', 502],
    ['ETIMEDOUT', false, 'connect-timeout', 504],
    ['EHOSTUNREACH', false, 'connect-failed', 502],
    ['ENOENT', false, 'connect-failed', 502],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', false, 'tls', 502],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false, 'tls', 502],
    ['CERT_HAS_EXPIRED', false, 'tls', 502],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false, 'tls', 502],
    ['EPROTO', false, 'tls', 502],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', true, 'tls', 502],
    ['ECONNRESET', true, 'reset', 502],
    ['EPIPE', true, 'reset', 502],
    ['HPE_INVALID_CONSTANT', true, 'invalid-response', 502],
    ['HPE_HEADER_OVERFLOW', true, 'invalid-response', 502],
  ] as const) {
    t.test(`${code}${wasConnected ? ' once connected' : ''}`, async t => {
      const report = reportFailure(coded(code), wasConnected)
      t.equal(report.failure, failure)
      t.equal(statusOf(report.failure), status)
      t.match(report.detail, /10\.1\.2\.3:5000/, 'the log gets the address')
      t.notMatch(messageOf(report.failure, 'id-1'), /10\.1\.2\.3|E[A-Z]{4,}/, 'the client does not')
      t.match(messageOf(report.failure, 'id-1'), /upstream.* Quote id-1 to the operator/)
    })
  }
  t.test('both addresses of a name', async t => {
    const both = new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')], 'all failed')
    t.equal(reportFailure(both, false).failure, 'connect-refused')
  })
  t.test('an error without a code', async t => {
    t.equal(reportFailure(new TypeError('x'), true).failure, 'reset')
  })
  t.test('more than the proxy lets through', async t => {
    t.equal(statusOf('overloaded'), 503)
  })
})
