import { useState } from 'preact/hooks'
import type { ExchangeView, HeaderLine } from '../../src/observe/exchange-view.js'
import { type DiffLine, headDiff } from '../model/head-diff.js'
import { Breakable, Scroller, Tabs } from './parts.js'

/** What came back and what was made of it, and what was asked. */
export function Headers({ view }: { view: ExchangeView }) {
  const [chosen, choose] = useState('Response')
  return (
    <section aria-label="Headers">
      <h3>Headers</h3>
      <Tabs
        label="Headers"
        chosen={chosen}
        choose={choose}
        tabs={[
          { name: 'Response', body: <Response view={view} /> },
          { name: 'Request', body: <Lines lines={view.requestHeaders} what="Request headers" /> },
        ]}
      />
    </section>
  )
}

function Response({ view }: { view: ExchangeView }) {
  const { upstreamHeaders, sentHeaders } = view
  if (!sentHeaders) return <p class="note">Nothing was sent: the client had left.</p>
  if (!upstreamHeaders) {
    return (
      <>
        <p class="note">The sidecar answered; the upstream was not asked, or gave no response.</p>
        <Lines lines={sentHeaders} what="Response headers" />
      </>
    )
  }
  return <Diff lines={headDiff(upstreamHeaders, sentHeaders)} />
}

function Lines({ lines, what }: { lines: readonly HeaderLine[]; what: string }) {
  return (
    <Scroller label={what}>
      <table>
        <thead class="sr">
          <tr>
            <th>Name</th>
            <th>Value</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(([name, value], index) => (
            <tr key={index} class={isCors(name) ? 'cors' : undefined}>
              <th scope="row">{name}</th>
              <td>
                <Breakable text={value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  )
}

const signs: Record<DiffLine['change'], string> = {
  kept: '',
  removed: '−',
  added: '+',
  changed: '~',
}

function Diff({ lines }: { lines: readonly DiffLine[] }) {
  const changed = lines.filter(({ change }) => change !== 'kept').length
  return (
    <>
      <p class="note">
        {changed === 0
          ? 'Passed on unchanged.'
          : `${changed} ${changed === 1 ? 'line was' : 'lines were'} changed on the way through.`}
      </p>
      <Scroller label="Response headers, before and after">
        <table class="diff">
          <thead>
            <tr>
              <th class="sign">
                <span class="sr">Change</span>
              </th>
              <th>Name</th>
              <th>From the upstream</th>
              <th>As sent</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ change, name, before, after }, index) => (
              <tr key={index} class={`${change}${isCors(name) ? ' cors' : ''}`}>
                <td class="sign">
                  <span aria-hidden="true">{signs[change]}</span>
                  <span class="sr">{change}</span>
                </td>
                <th scope="row">{name}</th>
                <td class="before">{before !== undefined && <Breakable text={before} />}</td>
                <td class="after">
                  {change === 'kept' ? <Same /> : after !== undefined && <Breakable text={after} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </>
  )
}

function Same() {
  return (
    <span class="same">
      <span aria-hidden="true">″</span>
      <span class="sr">the same</span>
    </span>
  )
}

function isCors(name: string): boolean {
  return /^(?:access-control-.*|vary|origin|timing-allow-origin)$/iu.test(name)
}
