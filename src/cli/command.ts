// What a command is: its words, and the function that does it, loaded only when it is asked for.
import type { LoadInput } from '../config/load.js'

/** What one call of the program was asked to do. */
export interface Invocation {
  /** Everything that settings are resolved from; the options among the flags are in it. */
  readonly load: LoadInput
  /** The command's own flags, by name without dashes, in the order given. */
  readonly own: ReadonlyMap<string, readonly string[]>
  /** What stood behind the command without a flag. */
  readonly arguments: readonly string[]
  /** All there are, for help and completion. */
  readonly commands: readonly Command[]
  /** Whether what is printed may have colours. */
  readonly isColoured: boolean
  /** Writes to standard output; what a terminal would act upon is spelt out. */
  readonly print: (text: string) => void
  /** The same for standard error. */
  readonly printError: (text: string) => void
}

/** Does the command and returns the exit code of the program. */
export type Run = (invocation: Invocation) => Promise<number>

/** A flag that belongs to one command and is no setting. */
export interface OwnFlag {
  readonly describe: string
  /** The word for its value in help; a flag without one is a switch. */
  readonly metavar?: string
}

export interface Command {
  readonly name: string
  /** What people call it who know other tools: not taken, but pointed from. */
  readonly alsoCalled?: readonly string[]
  readonly describe: string
  /** What follows the name, as help shows it. */
  readonly usage: string
  /** Whether options of the table may be given too. */
  readonly takesOptions: boolean
  /** What a word without a flag means: the upstream, one or several things of the command's own, or a mistake. */
  readonly argument: 'upstream' | 'own' | 'several' | 'none'
  readonly flags: { readonly [name: string]: OwnFlag }
  readonly load: () => Promise<Run>
}

/** True when a switch of the command's own was given. */
export const isOn = (invocation: Invocation, flag: string): boolean => {
  const last = invocation.own.get(flag)?.at(-1)
  return last !== undefined && !/^(false|0|no|off)$/i.test(last)
}

/** The last value of a flag of the command's own. */
export const lastValue = (invocation: Invocation, flag: string): string | undefined =>
  invocation.own.get(flag)?.at(-1)
