// `why`: what a person has in hand when a page fails goes in, the cause and the cure come out.
import { type Cause, settled } from '../why/causes.js'
import type { Guess } from '../why/guess.js'
import { readText } from '../why/read-text.js'
import { mostCauses, reportOn } from '../why/report.js'
import { serverNamed, serverNames } from '../why/servers.js'
import { type Invocation, isOn, lastValue } from './command.js'
import { readInput } from './why/input.js'
import { reportText } from './why/report.js'

/** Exits with 0 when at least one cause was found, 1 when none, 2 for a bad argument. */
export async function why(invocation: Invocation): Promise<number> {
  const named = lastValue(invocation, 'in')
  const chosen = named === undefined ? undefined : serverNamed(named)
  if (named !== undefined && chosen === undefined) {
    return refuse(invocation, `--in: "${named}" is none of ${serverNames.join(', ')}.`)
  }
  const input = await readInput(invocation)
  if (typeof input === 'string') return refuse(invocation, input)
  const read = readText(input.text)
  const servers = new Map<string, Guess>()
  for (const { cause, server } of input.archived) {
    if (server !== undefined) servers.set(hostOf(cause), server)
  }
  let causes: readonly Cause[] = settled([
    ...read.causes,
    ...input.archived.map(one => one.cause),
  ]).slice(0, mostCauses)
  let { server } = read
  const [first] = causes
  if (first !== undefined && isOn(invocation, 'ask')) {
    const { askedCauses } = await import('./why/asking.js')
    const asked = await askedCauses(first)
    causes = settled([...(asked?.causes ?? []), ...causes])
    server = asked?.server ?? server
  }
  const guessOf = (one: Cause) =>
    chosen === undefined ? (servers.get(hostOf(one)) ?? server) : { name: chosen, by: undefined }
  const cutOff =
    input.fault !== undefined && input.archived.length > 0
      ? [`The HAR was read as far as it goes: ${input.fault}.`]
      : []
  const report = await reportOn(causes, guessOf, [...cutOff, ...read.rest])
  if (isOn(invocation, 'json')) invocation.print(`${JSON.stringify(report, undefined, 2)}\n`)
  else if (causes.length > 0) invocation.print(reportText(report, invocation.isColoured))
  else invocation.printError(nothing)
  return causes.length > 0 ? 0 : 1
}

const nothing = `Nothing here is recognised. This was looked for:
  - messages of Chromium, Firefox and Safari about CORS, mixed content, certificates, connections,
    WebSockets, cookies and blockers, whole or cut off
  - a HAR, "Copy as cURL" or "Copy as fetch" of a request to another origin
  - the head of a response, as curl -i prints it
For one:
  cors-sidecar why "Access to fetch at 'http://localhost:5000/things' from origin 'http://localhost:3000' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource."
`

const hostOf = ({ facts: { url } }: Cause): string =>
  url !== undefined && URL.canParse(url) ? new URL(url).host : ''

function refuse({ printError }: Invocation, sentence: string): number {
  printError(`${sentence}\n`)
  return 2
}
