// `--ask`: the server itself is asked, as the doctor asks it.
import { type Cause, cause } from '../../why/causes.js'
import { type Code, codes } from '../../why/codes.js'
import { standardOrigin } from '../../why/grant.js'
import { type Guess, guessedServer } from '../../why/guess.js'
import { createAsker } from '../doctor/ask.js'
import { symptomsOf } from '../doctor/judge.js'
import { observe } from '../doctor/observe.js'

export interface AskedCauses {
  readonly causes: readonly Cause[]
  readonly server: Guess | undefined
}

/** What the server does with the request that the causes are about. */
export async function askedCauses({ facts }: Cause): Promise<AskedCauses | undefined> {
  const { url, origin = standardOrigin, method = 'GET', header } = facts
  if (url === undefined || !/^https?:/.test(url) || origin === 'null') return undefined
  const asker = createAsker(false)
  try {
    const seen = await observe(asker.ask, {
      url: new URL(url),
      origin,
      isOriginGiven: true,
      method,
      headers: new Map(
        (header ?? '').split(',').flatMap(name => (name === '' ? [] : [[name, undefined]])),
      ),
      cookie: undefined,
      body: undefined,
    })
    const found = symptomsOf(seen).filter(({ gravity }) => gravity === 'broken')
    const named = found.map(({ code, message }) =>
      cause(knownCode(code), 'certain', facts, [`Asked now: ${message}`]),
    )
    const well = cause('no-cors-problem', 'certain', facts, [
      'Asked now, as a browser would: the page may read the answer.',
    ])
    return {
      causes: named.length > 0 ? named : [well],
      server: 'failure' in seen.actual ? undefined : guessedServer(seen.actual.headers),
    }
  } finally {
    await asker.close()
  }
}

const isCode = (code: string): code is Code => Object.hasOwn(codes, code)

/** The doctor tells some things apart that are one cause here. */
function knownCode(code: string): Code {
  if (isCode(code)) return code
  return code === 'unreachable'
    ? 'no-answer'
    : code.startsWith('redirect')
      ? 'redirects-elsewhere'
      : 'allow-origin-missing'
}
