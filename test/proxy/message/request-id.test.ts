import t from 'tap'
import { newRequestId } from '../../../src/proxy/message/request-id.js'

t.test('a plain word that the client brought is kept', async t => {
  for (const id of ['7f3a', 'A-b_c.9', '0'.repeat(128)]) t.equal(newRequestId(id), id)
})

t.test('anything else is replaced by one that was never given before', async t => {
  const seen = new Set<string>()
  for (const id of [undefined, '', 'a b', 'a\nb', 'a"', 'caf\u00e9', '0'.repeat(129), 'a, a']) {
    const given = newRequestId(id)
    t.match(given, /^[0-9a-f]{8}-[0-9a-z]+$/)
    t.notOk(seen.has(given))
    seen.add(given)
  }
})

t.test('no two of many are the same', async t => {
  const ids = Array.from({ length: 5000 }, () => newRequestId(undefined))
  t.equal(new Set(ids).size, ids.length)
  t.ok(ids.every(id => /^[0-9a-f]{8}-[0-9a-z]+$/.test(id)))
})
