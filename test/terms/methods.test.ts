import { METHODS } from 'node:http'
import t from 'tap'
import { servedMethods } from '../../src/terms/methods.js'

t.test('the methods that are served are those that this Node.js can read', async t => {
  t.strictSame([...servedMethods], [...METHODS].sort())
})
