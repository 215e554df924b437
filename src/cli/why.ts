// `why`: what a person has in hand when a page fails goes in, the cause and the cure come out.
import { type Cause, causesOfHits, settled } from '../why/causes.js'
import { readConsole } from '../why/console.js'
import { type ServerName, serverNamed, serverNames } from '../why/servers.js'
import { shown } from '../why/shown.js'
import { type Invocation, isOn, lastValue } from './command.js'
import { cureOf } from './why/cure.js'
import { type Explained, type Report, reportText } from './why/report.js'

/** Exits with 0 when at least one cause was found, 1 when none, 2 for a bad argument. */
export async function why(invocation: Invocation): Promise<number> {
  const named = lastValue(invocation, 'in')
  const server = named === undefined ? undefined : serverNamed(named)
  if (named !== undefined && server === undefined) {
    return refuse(invocation, `--in: "${named}" is none of ${serverNames.join(', ')}.`)
  }
  const input = await textOf(invocation)
  if ('failure' in input) return refuse(invocation, input.failure)
  const { hits, rest } = readConsole(input.text)
  const causes = settled(causesOfHits(hits, input.text)).slice(0, mostCauses)
  const report: Report = {
    causes: await Promise.all(causes.map(one => explained(one, server))),
    unrecognised: rest.map(shown).slice(0, mostLines),
  }
  if (isOn(invocation, 'json')) invocation.print(`${JSON.stringify(report, undefined, 2)}\n`)
  else if (causes.length > 0) invocation.print(reportText(report, invocation.isColoured))
  else invocation.printError(nothing)
  return causes.length > 0 ? 0 : 1
}

const mostCauses = 40
const mostLines = 20
/** Nobody copies more out of a console. */
const mostText = 512 * 1024

const nothing = `Nothing here is recognised. This was looked for: messages of Chromium, Firefox and Safari about CORS,
mixed content, certificates, connections, WebSockets, cookies and blockers, whole or cut off. For one:
  cors-sidecar why "Access to fetch at 'http://localhost:5000/things' from origin 'http://localhost:3000' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource."
`

async function explained(one: Cause, server: ServerName | undefined): Promise<Explained> {
  const { code, certainty, message, evidence, facts, guide } = one
  const { origin, url, method, header } = facts
  const asked = Object.entries({ origin, url, method, header })
  return {
    code,
    certainty,
    message,
    evidence,
    ...Object.fromEntries(asked.filter(([, value]) => value !== undefined)),
    cure: await cureOf(one, server),
    guide,
  }
}

function refuse({ printError }: Invocation, sentence: string): number {
  printError(`${sentence}\n`)
  return 2
}

type Input = { readonly text: string } | { readonly failure: string }

async function textOf({ arguments: given }: Invocation): Promise<Input> {
  const words = given.filter(word => word !== '-')
  if (given.length === 0 && process.stdin.isTTY) return { failure: howToGive }
  const piped = given.length === 0 || given.includes('-') ? await startOf(process.stdin) : ''
  return { text: [...words, piped].join('\n').slice(0, mostText) }
}

const howToGive =
  'Give what the console says as an argument, or pipe it in. See cors-sidecar why --help'

/** As much of a stream as anybody needs. */
async function startOf(stream: NodeJS.ReadStream): Promise<string> {
  let text = ''
  stream.setEncoding('utf8')
  for await (const chunk of stream) {
    text += String(chunk)
    if (text.length > mostText) break
  }
  return text
}
