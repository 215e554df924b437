import { Dialog } from './parts.js'

const keys = [
  ['/', 'search'],
  ['↑ ↓', 'previous and next request'],
  ['Home End', 'newest and oldest request'],
  ['Enter', 'open a request'],
  ['Escape', 'close it'],
  ['← →', 'other tab'],
  ['?', 'this list'],
] as const

export function Keys({ close }: { close: () => void }) {
  return (
    <Dialog title="Keys" close={close}>
      <dl class="keys">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map(one => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" class="primary">
          Close
        </button>
      </form>
    </Dialog>
  )
}
