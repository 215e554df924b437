import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { isRefusal } from '../model/outcome.js'
import { type Entry, holds } from '../model/timeline.js'
import { useIsWide } from './parts.js'

export interface Selection {
  /** Of the exchange that is shown: an entry or its preflight. */
  readonly key: string | undefined
  readonly entry: Entry | undefined
  select(key: string): void
  close(): void
  /** Selects the exchange of this id once it is there. */
  await(id: string): void
}

/**
 * What is open. Until a person chooses, that is the newest refusal, where there is room beside the list. What was chosen
 * stays open when newer ones have taken its place in the list.
 */
export function useSelection(entries: readonly Entry[]): Selection {
  const [chosen, choose] = useState<string | 'nothing'>()
  const awaited = useRef<string>(undefined)
  const last = useRef<Entry>(undefined)
  const isWide = useIsWide()
  const isEmpty = entries.length === 0

  useEffect(() => {
    if (isEmpty) choose(undefined)
  }, [isEmpty])
  useEffect(() => {
    const arrived = entries.find(({ main }) => main.id === awaited.current)
    if (arrived === undefined) return
    awaited.current = undefined
    choose(arrived.key)
  }, [entries])

  const automatic = isWide ? entries.find(({ main }) => isRefusal(main))?.key : undefined
  const key = chosen === 'nothing' ? undefined : (chosen ?? automatic)
  const found = entries.find(entry => holds(entry, key))
  if (found !== undefined || isEmpty) last.current = found
  const entry = last.current !== undefined && holds(last.current, key) ? last.current : undefined

  return {
    key,
    entry,
    select: useCallback((wanted: string) => choose(wanted), []),
    close: useCallback(() => choose('nothing'), []),
    await: useCallback((id: string) => {
      awaited.current = id
    }, []),
  }
}
