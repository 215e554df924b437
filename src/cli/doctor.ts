// `doctor`: plays the browser against a server, and says what is wrong and what the sidecar changes.
import { type Invocation, isOn, lastValue } from './command.js'
import type { Finding } from './doctor/finding.js'
import { findingsOf, type Prognosis, prognosisOf } from './doctor/judge.js'
import { createProber } from './doctor/probe.js'

/** What was found for one origin. */
export interface Diagnosis {
  readonly origin: string
  readonly prognosis: Prognosis
  readonly findings: readonly Finding[]
}

const standardUrl = 'http://127.0.0.1:8010/'
const standardOrigin = 'https://app.example.com'
const standardHeaders = 'authorization,content-type'

/** Exits with 0 when nothing is wrong, 1 when something is or nobody answers, 2 for a bad argument. */
export async function doctor(invocation: Invocation): Promise<number> {
  const url = parseUrl(invocation.arguments[0] ?? standardUrl)
  if (url === undefined) {
    invocation.printError(
      `"${invocation.arguments[0]}" is no address to ask. Write it like https://api.example.com/things\n`,
    )
    return 2
  }
  const given = words(invocation.own.get('origin')?.join(',') ?? '')
  const origins = given.length === 0 ? [standardOrigin] : given
  const method = lastValue(invocation, 'method') ?? 'GET'
  const headers = words((lastValue(invocation, 'headers') ?? standardHeaders).toLowerCase())
  const prober = createProber(isOn(invocation, 'insecure'))
  const diagnoses: Diagnosis[] = []
  for (const origin of origins) {
    const seen = await prober.probe({ url, origin, method, headers })
    diagnoses.push({ origin, prognosis: prognosisOf(seen), findings: findingsOf(seen) })
  }
  await prober.close()
  const isWell = diagnoses.every(({ findings }) =>
    findings.every(({ gravity }) => gravity === 'note'),
  )
  if (isOn(invocation, 'json')) {
    invocation.print(
      `${JSON.stringify({ url: url.href, method, headers, isWell, diagnoses }, null, 2)}\n`,
    )
  } else {
    const { diagnosisText } = await import('./doctor/text.js')
    const report = { url: url.href, method, headers, diagnoses }
    invocation.print(diagnosisText(report, invocation.isColoured))
  }
  return isWell ? 0 : 1
}

function parseUrl(text: string): URL | undefined {
  const written = /^[a-z][a-z0-9+.-]*:\/\//iu.test(text) ? text : `http://${text}`
  const url = URL.canParse(written) ? new URL(written) : undefined
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined
}

function words(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,|]+/u).filter(word => word !== ''))]
}
