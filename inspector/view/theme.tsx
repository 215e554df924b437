import { useLayoutEffect, useState } from 'preact/hooks'

const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]
const marks: Record<Theme, string> = { auto: '◐', light: '○', dark: '●' }
const storageKey = 'cors-sidecar.theme'

function remembered(): Theme {
  try {
    const saved = localStorage.getItem(storageKey)
    return themes.find(theme => theme === saved) ?? 'auto'
  } catch {
    // Storage may be switched off; the page then starts as the system looks.
    return 'auto'
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(storageKey, theme)
  } catch {
    // Not remembered: the choice holds until the page is closed.
  }
}

/** Goes round: as the system, light, dark. */
export function ThemeButton() {
  const [theme, setTheme] = useState(remembered)
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme
    remember(theme)
    dispatchEvent(new Event('themechange'))
  }, [theme])
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto'
  return (
    <button type="button" class="quiet" onClick={() => setTheme(next)}>
      <span aria-hidden="true">{marks[theme]}</span>
      <span class="sr">Theme: </span> {theme}
    </button>
  )
}
