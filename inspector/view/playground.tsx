// Sends real requests from this page, whose origin is not the sidecar's, and holds what the
// browser made of them against what the policy predicted.
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Explanation } from '../../src/observe/explanation.js'
import { consoleSnippet } from '../model/page-requests.js'
import { Announcer } from './announce.js'
import { type About, readAbout, readExplanation } from './api.js'
import { type Experiment, experiments, type Outcome } from './experiments.js'
import { Nav } from './header.js'
import { Breakable, Snippet } from './parts.js'
import { ThemeButton } from './theme.js'

function Playground() {
  const [about, setAbout] = useState<About | Error>()
  useEffect(() => void readAbout().then(setAbout, setAbout), [])
  return (
    <>
      <header class="top">
        <h1>cors-sidecar</h1>
        <Nav page="playground" />
        <span class="connection">
          this page is <Breakable text={location.origin} />
        </span>
        <ThemeButton />
      </header>
      <main>
        {about instanceof Error && <p class="sentence bad">{about.message}</p>}
        {about && !(about instanceof Error) && <Bench url={about.url} />}
      </main>
      <Announcer />
    </>
  )
}

function Bench({ url }: { url: string }) {
  const [path, setPath] = useState('/')
  const target = URL.canParse(path, url) ? new URL(path, url).href : url
  return (
    <div class="sheet">
      <h2>What does this browser make of it?</h2>
      <OwnOrigin />
      <p class="note">
        Each button sends a real request from{' '}
        <code>
          <Breakable text={location.origin} />
        </code>{' '}
        to{' '}
        <code>
          <Breakable text={url} />
        </code>
        .
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
          <Bout key={experiment.name} experiment={experiment} target={target} />
        ))}
      </ul>
      <section aria-label="From the real page">
        <h3>From the real page</h3>
        <p class="note">
          Open your app and paste this into its console. It prints what the browser does with the
          same requests from there. The second one is a PUT.
        </p>
        <Snippet text={consoleSnippet(target)} what="The console snippet" />
      </section>
    </div>
  )
}

/** Said before anything is sent: this page is hardly ever one of those that are listed. */
function OwnOrigin() {
  const [answer, setAnswer] = useState<Explanation | Error>()
  useEffect(() => {
    const { origin } = location
    const question = { origin, method: 'GET', headers: '', path: '/', isUpgrade: false }
    void readExplanation(question).then(setAnswer, setAnswer)
  }, [])
  if (answer === undefined) return null
  if (answer instanceof Error) return <p class="sentence bad">{answer.message}</p>
  const { verdict } = answer.decision
  const elsewhere = otherName()
  return (
    <section class={`verdict ${verdict}`} aria-label="This page">
      <p class="sentence">
        {verdict === 'refused'
          ? 'The origin of this page is not listed, so expect everything below to be blocked. To see what your app gets, use the snippet at the end in its console.'
          : 'The origin of this page is allowed, so expect it to read what the policy allows.'}
      </p>
      {elsewhere && (
        <p>
          The same page from another origin:{' '}
          <a href={elsewhere}>
            <Breakable text={new URL(elsewhere).origin} />
          </a>
        </p>
      )}
    </section>
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
