import { useState } from 'preact/hooks'
import type { FixView, NearMissView } from '../../src/observe/exchange-view.js'
import type { SettingsText } from '../../src/observe/settings-text.js'
import { guideSections } from '../model/guide-sections.js'
import { Breakable, Snippet, Tabs } from './parts.js'

/** In what the refused value differs from one that is allowed. */
export function NearMissLine({ miss }: { miss: NearMissView }) {
  return (
    <p class="near-miss">
      <b>Near miss:</b> <Breakable text={miss.text} />
    </p>
  )
}

/** Leads from a reason to where the guide says more. */
export function GuideLink({ reason }: { reason: string | undefined }) {
  const section = reason === undefined ? undefined : guideSections.get(reason)
  if (section === undefined) return null
  return (
    <p>
      <a href={`/inspect/guide#${section}`}>
        Guide: what causes <span class="reason-name">{reason}</span>, and what cures it
      </a>
    </p>
  )
}

/** What to paste so that the next such request is allowed. */
export function Fix({ fix, policyPath }: { fix: FixView; policyPath: string }) {
  return (
    <section class="fix" aria-label="Fix">
      <h3>
        To allow it: <code>{fix.option}</code> with{' '}
        <code>
          <Breakable text={fix.value} />
        </code>
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
        body: (
          <Snippet
            text={text}
            // One a line, so that they can be read; pasted they are one command.
            lines={name === 'Flag' ? text.replaceAll(/ (?=--)/gu, '\n') : text}
            what={`${what} as ${name.toLowerCase()}`}
          />
        ),
      }))}
    />
  )
}
