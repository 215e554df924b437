// Bent settings: they are taken, or refused with a sentence for each problem; nothing is thrown.

import { loadSettings } from '../../src/config/load.js'
import { options } from '../../src/config/options.js'
import { problemSentence } from '../../src/config/problem.js'
import { variableName } from '../../src/terms/option-names.js'
import { below, bend, type Fuzzer, pick } from './fuzzer.js'

const names = Object.keys(options)
const values = [
  ...['https://app.example.com', 'https://*.example.com', 'http://localhost:*', '*', 'null'],
  ...['/^https:\\/\\/a\\.test$/', '10s', '5m', '64k', '16', 'true', 'off', 'GET,POST', 'x-a, x-b'],
  ...['127.0.0.1:8010', 'unix:/run/a.sock', '10.0.0.0/8', '/api=http://127.0.0.1:1', 'Name: value'],
]

export const configurations: Fuzzer = {
  name: 'configurations',
  atOnce: 1,
  async start() {
    return {
      async attempt(random) {
        const env: Record<string, string> = {}
        for (let n = 1 + below(random, 4); n > 0; n--) {
          env[variableName(pick(random, names))] = bend(random, pick(random, values))
        }
        const file = JSON.stringify(
          Object.fromEntries([[pick(random, names), bend(random, pick(random, values))]]),
        )
        const config = random() < 0.5 ? file : bend(random, file)
        const files = new Map([['/srv/app/c.json', config]])
        const wrong = (what: string) => `${what}: ${JSON.stringify({ env, config })}`
        try {
          const result = await loadSettings({
            flags: { config: 'c.json' },
            arguments: ['http://127.0.0.1:5000'],
            env,
            cwd: '/srv/app',
            isTerminal: false,
            now: 0,
            read: path => {
              const text = files.get(path)
              return text === undefined ? { failure: 'is not there' } : { text }
            },
          })
          const sentences = result.problems.map(problemSentence)
          if (!result.ok && sentences.length === 0) return wrong('refused without a word')
          if (sentences.some(sentence => sentence.trim() === '')) return wrong('an empty sentence')
        } catch (error) {
          return wrong(error instanceof Error ? (error.stack ?? error.message) : String(error))
        }
        return undefined
      },
      close: async () => undefined,
    }
  },
}
