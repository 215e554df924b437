// Sends real requests from this page, whose origin is not the sidecar's, and holds what the
// browser made of them against what the policy predicted.
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { type About, readAbout } from './api.js'
import { type Experiment, experiments, type Outcome } from './experiments.js'
import { ThemeButton } from './theme.js'

function Playground() {
  const [about, setAbout] = useState<About | Error>()
  useEffect(() => void readAbout().then(setAbout, setAbout), [])
  return (
    <>
      <header class="top">
        <h1>Playground</h1>
        <nav aria-label="Pages">
          <a href="/inspect#timeline">Inspector</a>
        </nav>
        <span class="connection">this page is {location.origin}</span>
        <ThemeButton />
      </header>
      <main>
        {about instanceof Error && <p class="sentence bad">{about.message}</p>}
        {about && !(about instanceof Error) && <Bench url={about.url} />}
      </main>
    </>
  )
}

function Bench({ url }: { url: string }) {
  const [path, setPath] = useState('/')
  const elsewhere = otherName()
  return (
    <div class="sheet">
      <h2>What does this browser make of it?</h2>
      <p class="note">
        Each button sends a real request from <code>{location.origin}</code> to <code>{url}</code>.
        {elsewhere && (
          <>
            {' '}
            The same page from another origin: <a href={elsewhere}>{new URL(elsewhere).origin}</a>
          </>
        )}
      </p>
      <form class="filters" aria-label="Target" onSubmit={event => event.preventDefault()}>
        <label class="grow">
          <span>Path</span>
          <input
            type="text"
            spellcheck={false}
            value={path}
            onInput={event => setPath(event.currentTarget.value)}
          />
        </label>
      </form>
      <ul class="experiments">
        {experiments.map(experiment => (
          <Bout key={experiment.name} experiment={experiment} target={new URL(path, url).href} />
        ))}
      </ul>
    </div>
  )
}

function Bout({ experiment, target }: { experiment: Experiment; target: string }) {
  const [outcome, setOutcome] = useState<Outcome | 'running'>()
  const run = () => {
    setOutcome('running')
    void experiment.run(target).then(setOutcome)
  }
  return (
    <li class="experiment" data-name={experiment.name}>
      <button type="button" disabled={outcome === 'running'} onClick={run}>
        {experiment.name}
      </button>
      <p class="note">{experiment.does}</p>
      <div role="status">
        {outcome === 'running' && <p>Running…</p>}
        {outcome && outcome !== 'running' && <Verdicts outcome={outcome} />}
      </div>
    </li>
  )
}

const agreements = {
  agree: '✓ They agree',
  differ: '✕ They differ',
  open: '· Nothing to compare',
}

function Verdicts({ outcome }: { outcome: Outcome }) {
  const { predicted, seen, why, detail } = outcome
  const agreement = seen === 'no socket' ? 'open' : predicted === seen ? 'agree' : 'differ'
  return (
    <dl class={`verdicts ${agreement}`}>
      <div>
        <dt>Predicted</dt>
        <dd data-testid="predicted">{predicted}</dd>
      </div>
      <div>
        <dt>Browser</dt>
        <dd data-testid="seen">{seen}</dd>
      </div>
      <div>
        <dt>{agreements[agreement]}</dt>
        <dd>
          {why} {detail}
        </dd>
      </div>
    </dl>
  )
}

// Loopback has two names, and to a browser they are two origins.
function otherName(): string | undefined {
  const other = { localhost: '127.0.0.1', '127.0.0.1': 'localhost' }[location.hostname]
  if (other === undefined) return undefined
  const address = new URL(location.href)
  address.hostname = other
  return address.href
}

render(<Playground />, document.body)
