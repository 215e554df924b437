import { createRequire } from 'node:module'
import util from 'node:util'
import t from 'tap'
import { throughHttpProxy } from '../../../src/proxy/exchange/http-proxy.js'
import { madeUpExchange } from '../made-up-exchange.js'
import { madeUpRoute } from '../made-up-request.js'

const require = createRequire(import.meta.url)
const route = madeUpRoute()

t.test('http-proxy carries each exchange through, and prints no deprecation', async t => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.name)
  process.on('warning', note)
  t.teardown(() => process.removeListener('warning', note))
  const original = Object.getOwnPropertyDescriptor(util, '_extend')
  const carried: unknown[] = []
  const forward = throughHttpProxy((exchange, to) => carried.push(exchange, to))
  const exchange = madeUpExchange()
  forward(exchange, route)
  t.equal(carried[0], exchange)
  t.equal(carried[1], route)
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(warnings, [])
  t.strictSame(Object.getOwnPropertyDescriptor(util, '_extend'), original, 'util is as it was')
})

t.test('an error while forwarding reaches whoever began the exchange', async t => {
  const forward = throughHttpProxy(() => {
    throw new Error('from the pass')
  })
  t.throws(() => forward(madeUpExchange(), route), { message: 'from the pass' })
})

t.test('another pipeline than the one this was written for is refused', async t => {
  const passes = require('http-proxy/lib/http-proxy/passes/web-incoming.js') as Record<
    string,
    unknown
  >
  const { XHeaders } = passes
  passes.XHeaders = function addHeaders() {
    return false
  }
  t.teardown(() => {
    passes.XHeaders = XHeaders
  })
  t.throws(() => throughHttpProxy(() => undefined), {
    message: /other passes than expected: .*addHeaders/,
  })
})
