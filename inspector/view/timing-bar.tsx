import type { ExchangeView } from '../../src/observe/exchange-view.js'
import { phases } from '../model/timing.js'
import { milliseconds } from './parts.js'

/** Where the time went: the length of each part is its share. */
export function TimingBar({ view }: { view: ExchangeView }) {
  const parts = phases(view)
  const total = parts.reduce((sum, { ms }) => sum + ms, 0)
  return (
    <div class="timing">
      <div class="bar" aria-hidden="true">
        {parts.map(({ name, ms }) => (
          <span
            key={name}
            class={name.replace(' ', '-')}
            style={{ flexGrow: String(100 * (ms / total)) }}
          />
        ))}
      </div>
      <ul>
        {parts.map(({ name, ms }) => (
          <li key={name} class={name.replace(' ', '-')}>
            {name} <b>{milliseconds(ms)}</b>
          </li>
        ))}
        <li class="total">
          total <b>{milliseconds(view.durationMs)}</b>
        </li>
      </ul>
    </div>
  )
}
