import type { Totals as Counted } from '../model/traffic.js'
import { milliseconds } from './parts.js'

/** Live counters of what this page was told of, until it is cleared. */
export function Totals({ totals }: { totals: Counted }) {
  const { requests, preflights, refused, failed, perMinute, p50, p95 } = totals
  const share = requests === 0 ? 0 : Math.round((refused / requests) * 100)
  return (
    <dl class="totals" aria-label="Totals">
      <Counter
        name="Requests"
        value={number(requests)}
        detail={`${number(perMinute)} in a minute`}
      />
      <Counter name="Preflights" value={number(preflights)} />
      <Counter name="Refused" value={number(refused)} detail={`${share} %`} bad={refused > 0} />
      <Counter name="Upstream failed" value={number(failed)} bad={failed > 0} />
      <Counter
        name="Median"
        value={milliseconds(p50)}
        detail={`p95 ${milliseconds(p95)}`}
        typical
      />
    </dl>
  )
}

function Counter({
  name,
  value,
  detail,
  bad,
  typical,
}: {
  name: string
  value: string
  detail?: string
  bad?: boolean
  typical?: boolean
}) {
  return (
    <div class={bad ? 'bad' : typical ? 'typical' : undefined}>
      <dt>{name}</dt>
      <dd>
        {value}
        {detail && <span class="aside"> {detail}</span>}
      </dd>
    </div>
  )
}

function number(count: number): string {
  return count.toLocaleString('en')
}
