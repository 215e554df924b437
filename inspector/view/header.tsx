import type { LiveState } from './live.js'
import { about } from './live.js'
import { useStore } from './store.js'
import { ThemeButton } from './theme.js'

const connections: Record<LiveState['connection'], string> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost, trying again',
}

export const pages = ['requests', 'why', 'what-if', 'suggest'] as const
export type Page = (typeof pages)[number]

const titles: Readonly<Record<Page, string>> = {
  requests: 'Requests',
  why: 'Why',
  'what-if': 'What if',
  suggest: 'Suggest',
}

/** The way from page to page. */
export function Nav({ page }: { page: Page | 'playground' }) {
  return (
    <nav aria-label="Pages">
      {pages.map(name => (
        <a
          key={name}
          href={page === 'playground' ? `/inspect#${name}` : `#${name}`}
          aria-current={page === name ? 'page' : undefined}
        >
          {titles[name]}
        </a>
      ))}
      <a href="/inspect/playground" aria-current={page === 'playground' ? 'page' : undefined}>
        Playground
      </a>
      <a href="/inspect/guide">Guide</a>
    </nav>
  )
}

export function Header({
  page,
  connection,
  showKeys,
}: {
  page: Page
  connection: LiveState['connection']
  showKeys: () => void
}) {
  const { version, url } = useStore(about)
  return (
    <header class="top">
      <h1>
        cors-sidecar <span class="version">{version}</span>
      </h1>
      <Nav page={page} />
      <span class={`connection ${connection}`} role="status">
        {connections[connection]}
        {connection === 'live' && url !== '' && <span class="url"> {url}</span>}
      </span>
      <button type="button" class="quiet" onClick={showKeys} aria-label="Keys" title="Keys">
        ?
      </button>
      <ThemeButton />
    </header>
  )
}
