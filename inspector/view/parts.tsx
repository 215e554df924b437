// The small pieces every panel is made of.
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { type Outcome, outcomeWords } from '../model/outcome.js'
import { announce } from './announce.js'

const marks: Readonly<Record<Outcome, string>> = {
  allowed: '✓',
  hidden: '✕',
  refused: '✕',
  reported: '!',
  neutral: '·',
}

/** An outcome by word, mark and colour, so that none of the three is needed alone. */
export function Badge({ outcome }: { outcome: Outcome }) {
  return (
    <span class={`badge ${outcome}`}>
      <span aria-hidden="true">{marks[outcome]}</span> {outcomeWords[outcome]}
    </span>
  )
}

/** A text without blanks, such as an address: it breaks behind its separators, never inside a word. */
export function Breakable({ text }: { text: string }) {
  const parts = text.split(/(?<=[/?&=,;@+])(?![/]|$)|(?<=[:._])(?![/\d]|$)/u)
  return (
    <>
      {parts.map((part, at) => (
        <span key={at}>
          {part}
          <wbr />
        </span>
      ))}
    </>
  )
}

export function CopyButton({ text, label, what }: { text: string; label: string; what: string }) {
  const copy = async () => {
    await navigator.clipboard.writeText(text).then(
      () => announce(`Copied ${what}`),
      () => announce(`This browser did not allow copying ${what}`),
    )
  }
  return (
    <button type="button" class="small" onClick={copy} aria-label={`${label}: ${what}`}>
      {label}
    </button>
  )
}

/** A text to paste, with its button; `lines` shows it more readably than it is copied. */
export function Snippet({ text, what, lines }: { text: string; what: string; lines?: string }) {
  return (
    <div class="snippet">
      <Scroller label={what}>
        <pre>
          <code>
            <Breakable text={lines ?? text} />
          </code>
        </pre>
      </Scroller>
      <CopyButton text={text} label="Copy" what={what} />
    </div>
  )
}

/** Reachable by keyboard, because what is wider than its place scrolls. */
export function Scroller({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <section class="scroller" tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}

export interface Tab {
  readonly name: string
  readonly body: ComponentChildren
}

/** Tabs after the ARIA pattern: arrow keys move, one tab stop. */
export function Tabs({
  tabs,
  chosen,
  choose,
  label,
}: {
  tabs: readonly Tab[]
  chosen: string
  choose: (name: string) => void
  label: string
}) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const at = Math.max(
    0,
    tabs.findIndex(({ name }) => name === chosen),
  )
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = (at + step + tabs.length) % tabs.length
    choose(tabs[next]?.name ?? chosen)
    list.current?.querySelectorAll('button')[next]?.focus()
  }
  return (
    <div class="tabs">
      <div role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {tabs.map(({ name }, index) => (
          <button
            type="button"
            role="tab"
            key={name}
            id={`${id}-tab-${index}`}
            aria-selected={index === at}
            aria-controls={`${id}-panel`}
            tabIndex={index === at ? 0 : -1}
            onClick={() => choose(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${at}`}>
        {tabs[at]?.body}
      </div>
    </div>
  )
}

/** A question or a help text above the page; Escape closes it, as the browser has it. */
export function Dialog({
  title,
  close,
  children,
}: {
  title: string
  close: () => void
  children: ComponentChildren
}) {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={close}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  )
}

/** Whether the window is wide enough for list and detail side by side. */
export function useIsWide(): boolean {
  const [query] = useState(() => matchMedia('(min-width: 1000px)'))
  const [isWide, setIsWide] = useState(query.matches)
  useEffect(() => {
    const changed = () => setIsWide(query.matches)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [query])
  return isWide
}

export function milliseconds(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–'
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`
}

export function clock(at: number): string {
  const time = new Date(at)
  return `${time.toLocaleTimeString([], { hour12: false })}.${String(time.getMilliseconds()).padStart(3, '0')}`
}
