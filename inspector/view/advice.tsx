import { useState } from 'preact/hooks'
import type { FixView, NearMissView } from '../../src/observe/exchange-view.js'
import type { SettingsText } from '../../src/observe/settings-text.js'
import { Snippet, Tabs } from './parts.js'

/** In what the refused value differs from one that is allowed. */
export function NearMissLine({ miss }: { miss: NearMissView }) {
  return (
    <p class="near-miss">
      <b>Near miss:</b> {miss.text}
    </p>
  )
}

/** What to paste so that the next such request is allowed. */
export function Fix({ fix, policyPath }: { fix: FixView; policyPath: string }) {
  return (
    <section class="fix" aria-label="Fix">
      <h3>
        To allow it: <code>{fix.option}</code> with <code>{fix.value}</code>
        {policyPath !== '' && ` for paths below ${policyPath}`}
      </h3>
      <SettingsSnippet text={fix} what="The fix" />
    </section>
  )
}

/** The same setting in each notation that can say it. */
export function SettingsSnippet({ text, what }: { text: SettingsText; what: string }) {
  const notations = [
    ...(text.flag === undefined ? [] : [{ name: 'Flag', text: text.flag }]),
    ...(text.variable === undefined ? [] : [{ name: 'Variable', text: text.variable }]),
    { name: 'Config', text: text.config },
  ]
  const [chosen, choose] = useState('Flag')
  return (
    <Tabs
      label={`${what}, by notation`}
      chosen={chosen}
      choose={choose}
      tabs={notations.map(({ name, text }) => ({
        name,
        body: <Snippet text={text} what={`${what} as ${name.toLowerCase()}`} />,
      }))}
    />
  )
}
