// The command that puts the sidecar in front, tried out before it is printed.
import { loadSettings } from '../config/load.js'
import type { Problem } from '../config/problem.js'
import { explain } from '../observe/explanation.js'
import { flagWord, shellWord } from '../terms/paste.js'

/** What pages should be let do. */
export interface Wish {
  readonly origin: string
  readonly method: string
  readonly headers: readonly string[]
}

export interface Front {
  /** Undefined where no origin can be listed, or no spelling is read alike by all shells. */
  readonly command: string | undefined
  readonly notListed: readonly { readonly origin: string; readonly reason: string }[]
}

type Flags = ReadonlyMap<string, string>

/** A command that starts, and allows what was wished for, as far as it can be allowed. */
export async function frontOf(upstream: string, wishes: readonly Wish[]): Promise<Front> {
  const origins = [...new Set(wishes.map(({ origin }) => origin))]
  const listed: string[] = []
  const notListed: Front['notListed'][number][] = []
  let flags: Flags = new Map()
  for (const origin of origins) {
    const plain = new Map([['allow-origins', origin]])
    const [fault] = await problemsOf(upstream, plain)
    // On plain HTTP a page gets no credentials; then nobody does.
    const tamed = new Map([...plain, ['allow-credentials', 'false']])
    const isTamed = fault !== undefined && (await problemsOf(upstream, tamed)).length === 0
    if (fault !== undefined && !isTamed) notListed.push({ origin, reason: reasonOf(fault) })
    else listed.push(origin)
    if (isTamed) flags = new Map([...flags, ['allow-credentials', 'false']])
  }
  if (listed.length === 0) return { command: undefined, notListed }
  flags = new Map([['allow-origins', listed.join(',')], ...flags])
  flags = await withLists(
    upstream,
    flags,
    wishes.filter(({ origin }) => listed.includes(origin)),
  )
  const words = [shellWord(upstream), ...[...flags].map(([flag, value]) => flagWord(flag, value))]
  return {
    command: words.includes(undefined) ? undefined : `cors-sidecar ${words.join(' ')}`,
    notListed,
  }
}

/** Adds methods and headers that the standard lists lack. */
async function withLists(upstream: string, flags: Flags, wishes: readonly Wish[]): Promise<Flags> {
  let found = flags
  for (const { origin, method, headers } of wishes) {
    for (let most = headers.length + 1; most > 0; most--) {
      const loaded = await load(upstream, found)
      if (!loaded.ok) return flags
      const question = { origin, method, headers: headers.join(',') }
      const { fix } = explain(loaded.policies, question, loaded.settings).decision
      if (fix?.flag === undefined) break
      const [, flag = '', value = ''] = /^--([\w-]+)='?(.*?)'?$/.exec(fix.flag) ?? []
      found = new Map([...found, [flag, value]])
    }
  }
  return (await problemsOf(upstream, found)).length === 0 ? found : flags
}

function load(upstream: string, flags: Flags) {
  return loadSettings({
    flags: Object.fromEntries(flags),
    arguments: [upstream],
    env: { NODE_ENV: 'production' },
    cwd: '/',
    isTerminal: false,
  })
}

async function problemsOf(upstream: string, flags: Flags): Promise<readonly Problem[]> {
  const { problems } = await load(upstream, flags)
  return problems.filter(({ severity }) => severity === 'error')
}

function reasonOf({ reason, advice }: Problem): string {
  return advice === undefined ? reason : `${reason}. ${advice}`
}
