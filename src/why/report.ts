// What is said of causes: each with its evidence, its cure and its place in the guide.
import { type Cause, settled } from './causes.js'
import { type Cure, cureOf } from './cure.js'
import type { Guess } from './guess.js'
import type { Certainty } from './message.js'
import { readText } from './read-text.js'
import { shown } from './shown.js'

export interface Explained {
  readonly code: string
  readonly certainty: Certainty
  readonly message: string
  readonly evidence: readonly string[]
  readonly origin?: string | undefined
  readonly url?: string | undefined
  readonly method?: string | undefined
  readonly header?: string | undefined
  readonly cure: Cure
  readonly guide: string
}

export interface Report {
  /** Surest first. */
  readonly causes: readonly Explained[]
  /** Lines of the input that say nothing known. */
  readonly unrecognised: readonly string[]
}

/** The server that a cure is for. */
export interface Chosen {
  readonly name: Guess['name']
  /** What gave it away; undefined where a person named it. */
  readonly by: string | undefined
}

/** So many are told; nobody reads more. */
export const mostCauses = 40
const mostLines = 20

/** What a text says that a person has copied; nothing is asked of anybody. */
export async function reportOnText(text: string): Promise<Report> {
  const { causes, server, rest } = readText(text)
  return reportOn(settled(causes).slice(0, mostCauses), () => server, rest)
}

export async function reportOn(
  causes: readonly Cause[],
  serverOf: (cause: Cause) => Chosen | undefined,
  unrecognised: readonly string[],
): Promise<Report> {
  return {
    causes: await Promise.all(causes.map(one => explained(one, serverOf(one)))),
    unrecognised: unrecognised.slice(0, mostLines).map(shown),
  }
}

async function explained(one: Cause, server: Chosen | undefined): Promise<Explained> {
  const { code, certainty, message, evidence, facts, guide } = one
  const { origin, url, method, header } = facts
  const asked = Object.entries({ origin, url, method, header })
  const cure = await cureOf(one, server?.name)
  const told =
    server?.by === undefined || cure.server === undefined
      ? []
      : [`Answered by ${server.name} (${shown(server.by)}).`]
  return {
    code,
    certainty,
    message,
    evidence: [...evidence, ...told],
    ...Object.fromEntries(asked.filter(([, value]) => value !== undefined)),
    cure,
    guide,
  }
}
