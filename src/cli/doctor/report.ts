// What the doctor says, as data: from which text, JSON, SARIF and JUnit are made.
import type { Symptom } from './finding.js'
import type { Prognosis } from './judge.js'

/** What was found for one request of one origin. Nothing in it is secret. */
export interface Diagnosis {
  readonly url: string
  readonly method: string
  /** Names of the headers that the page sets. */
  readonly headers: readonly string[]
  readonly origin: string
  readonly prognosis: Prognosis
  /** Where the request went, redirects included. */
  readonly hops: readonly { readonly url: string; readonly status: number | undefined }[]
  readonly findings: readonly Symptom[]
}

export interface Report {
  /** True when nothing but notes was found. */
  readonly isWell: boolean
  readonly diagnoses: readonly Diagnosis[]
  /** What would put the sidecar in front of each server that something is wrong with. */
  readonly commands: readonly string[]
  /** Origins that the sidecar would not take, each with the reason. */
  readonly notListed: readonly { readonly origin: string; readonly reason: string }[]
  /** What was not asked, in words. */
  readonly leftOut: readonly string[]
}

export const isGrave = ({ gravity }: Symptom): boolean => gravity !== 'note'
