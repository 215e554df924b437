import { createStore, useStore } from './store.js'

const spoken = createStore('')

/** Tells screen readers, and everyone for a moment, that something was done. */
export function announce(text: string): void {
  spoken.set(text)
  clearTimeout(ending)
  ending = setTimeout(() => spoken.set(''), 2500)
}

let ending: ReturnType<typeof setTimeout> | undefined

export function Announcer() {
  const text = useStore(spoken)
  return (
    <div class="toast" role="status" data-shown={text !== ''}>
      {text}
    </div>
  )
}
