// What a reload can apply. All else keeps the value that the program runs with, and is judged by it:
// a list for this machine alone must not come in by a file that merely says to listen there.

import { isDeepStrictEqual } from 'node:util'
import { type OptionName, optionNames, optionRow, type Settings } from './options.js'

interface Kept {
  readonly settings: Settings
  /** The options that have changed and wait for a restart. */
  readonly waiting: readonly OptionName[]
}

/** The new settings, with the running value of every option that only a restart can change. */
export function keepRunning(read: Settings, running: Settings | undefined): Kept {
  if (running === undefined) return { settings: read, waiting: [] }
  const isSwitchingTls = (running.tlsCert === undefined) !== (read.tlsCert === undefined)
  const waiting = optionNames.filter(name => {
    const isTls = name === 'tlsCert' || name === 'tlsKey'
    const isKept = optionRow(name).reload === 'restart' || (isSwitchingTls && isTls)
    return isKept && !isDeepStrictEqual(running[name], read[name])
  })
  const kept: Partial<Settings> = Object.fromEntries(waiting.map(name => [name, running[name]]))
  return { settings: { ...read, ...kept }, waiting }
}
