import type { LiveState } from './live.js'
import { about } from './live.js'
import { useStore } from './store.js'
import { ThemeButton } from './theme.js'

const connections: Record<LiveState['connection'], string> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost, trying again',
}

const links = [
  ['timeline', 'Timeline'],
  ['what-if', 'What if'],
  ['suggest', 'Suggest'],
] as const

export function Header({
  page,
  connection,
}: {
  page: (typeof links)[number][0]
  connection: LiveState['connection']
}) {
  const { version, url } = useStore(about)
  return (
    <header class="top">
      <h1>
        cors-sidecar <span class="version">{version}</span>
      </h1>
      <nav aria-label="Pages">
        {links.map(([name, text]) => (
          <a key={name} href={`#${name}`} aria-current={page === name ? 'page' : undefined}>
            {text}
          </a>
        ))}
        <a href="/inspect/playground">Playground</a>
      </nav>
      <span class={`connection ${connection}`} role="status">
        {connections[connection]}
        {connection === 'live' && url !== '' && <span class="url"> {url}</span>}
      </span>
      <ThemeButton />
    </header>
  )
}
