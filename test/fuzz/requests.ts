// Bent requests. What comes back is valid HTTP or the end of the connection, soon, and never a 500;
// test/end-to-end/smuggling.test.ts compares what of it reaches the upstream.

import { readCases } from '../support/cases.js'
import { mutateStream } from '../support/mutated-streams.js'
import { openRawClient } from '../support/raw-client.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { statusOf } from '../support/strict-http.js'
import { bend, type Fuzzer } from './fuzzer.js'

export const requests: Fuzzer = {
  name: 'requests',
  atOnce: 16,
  async start() {
    const upstream = await startRawUpstream()
    const sidecar = await startSidecar({
      upstream: upstream.url,
      flags: [
        ...['--allow-origin', 'https://app.example.com', '--headers-timeout', '1s'],
        ...['--request-idle-timeout', '500ms', '--log-requests', 'off'],
      ],
    })
    const seeds = readCases<{ bytes: string }>('raw-requests.json')
      .map(({ bytes }) => bytes)
      .filter(bytes => bytes !== '' && !bytes.includes('{{'))
    let sentSoFar = 0
    return {
      async attempt(random) {
        // What the upstream remembers would fill the memory of a long run.
        if (sentSoFar++ % 1_000 === 0) upstream.play(answer(okAnswer))
        const { pieces } = mutateStream(random, seeds, 'fuzz')
        const sent = random() < 0.5 ? pieces : pieces.map(piece => bend(random, piece))
        const client = await openRawClient({ port: sidecar.port, methodOf: () => 'GET' })
        client.socket.on('error', () => undefined)
        try {
          for (const piece of sent) {
            client.write(piece)
            await new Promise(resolve => setImmediate(resolve))
          }
          client.end()
          await client.closed()
        } catch (error) {
          return `${error}: ${JSON.stringify(sent)}`
        } finally {
          client.destroy()
        }
        const fault = client.responses().find(each => statusOf(each) === 500)
        if (fault !== undefined) return `${fault.startLine}: ${JSON.stringify(sent)}`
        const [problem] = upstream.problems()
        if (problem !== undefined) return `forwarded ${problem}: ${JSON.stringify(sent)}`
        return sidecar.alive ? undefined : `the process is gone: ${JSON.stringify(sent)}`
      },
      async close() {
        await sidecar.stop()
        await upstream.close()
      },
    }
  },
}
