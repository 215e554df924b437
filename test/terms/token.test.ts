import { METHODS, validateHeaderName } from 'node:http'
import t from 'tap'
import { isToken } from '../../src/terms/token.js'

t.test('a token is what Node takes as the name of a header', async t => {
  for (let code = 0; code < 0x300; code++) {
    const character = String.fromCharCode(code)
    for (const text of [character, `x${character}`, `${character}x`]) {
      if (isToken(text) !== nodeTakes(text))
        t.fail(`${JSON.stringify(text)} is judged as Node does`)
    }
  }
  for (const method of METHODS) t.ok(isToken(method), method)
  t.notOk(isToken(''), 'an empty text is none')
})

function nodeTakes(name: string): boolean {
  try {
    validateHeaderName(name)
    return true
  } catch {
    return false
  }
}
