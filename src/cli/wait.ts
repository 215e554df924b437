import { duration } from '../config/amount-types.js'
import { askAdmin, findAdmin } from './ask-admin.js'
import { type Invocation, lastValue } from './command.js'

const betweenMs = 100

/** `wait`: returns when the sidecar takes requests, or fails after `--max`. */
export async function wait(invocation: Invocation): Promise<number> {
  const max = lastValue(invocation, 'max') ?? '30s'
  const parsed = duration().parse(max, { split: false })
  if (!parsed.ok) {
    invocation.printError(`--max: ${parsed.findings.map(({ reason }) => reason).join(' ')}\n`)
    return 2
  }
  const address = await findAdmin(invocation.load)
  if (address === undefined) {
    invocation.printError('The admin port is off, so there is nothing to ask.\n')
    return 1
  }
  const until = performance.now() + parsed.value
  for (;;) {
    const left = until - performance.now()
    const { isGood, detail } = await askAdmin(address, '/readyz', Math.max(left, betweenMs))
    if (isGood) return 0
    if (performance.now() + betweenMs > until) {
      invocation.printError(`The sidecar was not ready within ${max}: ${detail}.\n`)
      return 1
    }
    await new Promise(resolve => setTimeout(resolve, betweenMs))
  }
}
