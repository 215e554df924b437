import t from 'tap'
import type { Suggestion } from '../../src/observe/suggest.js'
import { suggestionNow } from '../../src/observe/suggestion-now.js'
import { policy, shop, shopSettings } from '../policy/shop.js'

const seen = { exchanges: 3, methods: ['GET'], headers: [], credentials: false }

t.test('a suggestion is held against the policy that runs', async t => {
  const suggestion: Suggestion = {
    exchanges: 9,
    origins: [
      { ...seen, origin: shop },
      { ...seen, origin: shop, headers: ['x-trace'] },
      { ...seen, origin: shop, methods: [] },
    ],
    doubtful: [{ ...seen, origin: 'https://evil.example', doubt: 'who?' }],
    settings: undefined,
    text: undefined,
    notes: [],
  }
  const now = suggestionNow(suggestion, policy(), shopSettings)
  t.match(
    now.origins.map(({ now }) => now),
    [
      { isAllowed: true, reason: undefined },
      { isAllowed: false, reason: 'header-not-allowed', subject: 'x-trace' },
      { isAllowed: true },
    ],
  )
  t.match(now.doubtful, [
    { doubt: 'who?', now: { isAllowed: false, reason: 'origin-not-allowed' } },
  ])
  t.match(now.running, {
    allowOrigins: shopSettings.allowOrigins,
    allowMethods: shopSettings.allowMethods,
    allowHeaders: ['authorization', 'content-type', 'x-requested-with'],
    allowCredentials: true,
  })
})
