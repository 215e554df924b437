import { askAdmin, findAdmin } from './ask-admin.js'
import { type Invocation, isOn } from './command.js'

/** Shorter than the 30 s that Docker waits, and than a probe's usual period. */
const timeoutMs = 3000

/** `healthcheck`: whether the sidecar lives, or with `--ready` whether it takes requests. */
export async function healthcheck(invocation: Invocation): Promise<number> {
  const address = await findAdmin(invocation.load)
  if (address === undefined) {
    invocation.printError('The admin port is off, so there is nothing to ask.\n')
    return 1
  }
  const path = isOn(invocation, 'ready') ? '/readyz' : '/livez'
  const { isGood, detail } = await askAdmin(address, path, timeoutMs)
  if (!isGood) invocation.printError(`The sidecar is not healthy: ${detail}.\n`)
  return isGood ? 0 : 1
}
