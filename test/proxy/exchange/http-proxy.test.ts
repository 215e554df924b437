import { createRequire } from 'node:module'
import util from 'node:util'
import t from 'tap'
import type { Flight } from '../../../src/proxy/exchange/flight.js'
import { createPipeline } from '../../../src/proxy/exchange/http-proxy.js'

const require = createRequire(import.meta.url)
const deprecated = util as unknown as { readonly _extend: unknown }

t.test('http-proxy carries each exchange to the passes, and prints no deprecation', async t => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.name)
  process.on('warning', note)
  t.teardown(() => process.removeListener('warning', note))
  const original = Object.getOwnPropertyDescriptor(util, '_extend')
  const carried: string[] = []
  const pipeline = createPipeline({
    web: flight => carried.push(`web ${flight.id}`),
    upgrade: flight => carried.push(`upgrade ${flight.id}`),
  })
  const flight = { id: '1', req: {}, res: {}, upgrade: { socket: {}, head: Buffer.alloc(0) } }
  pipeline.web(flight as unknown as Flight)
  pipeline.upgrade(flight as unknown as Flight)
  t.strictSame(carried, ['web 1', 'upgrade 1'])
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(warnings, [])
  t.strictSame(Object.getOwnPropertyDescriptor(util, '_extend'), original, 'util is as it was')
  t.type(deprecated._extend, 'function')
})

t.test('an error of a pass reaches whoever began the exchange', async t => {
  const pipeline = createPipeline({
    web: () => {
      throw new Error('from the pass')
    },
    upgrade: () => undefined,
  })
  const flight = { id: '1', req: {}, res: {} } as unknown as Flight
  t.throws(() => pipeline.web(flight), { message: 'from the pass' })
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
  const empty = { web: () => undefined, upgrade: () => undefined }
  t.throws(() => createPipeline(empty), { message: /other passes than expected: .*addHeaders/ })
})
