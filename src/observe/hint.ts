// What the terminal says under a refusal.
import type { Fix } from '../policy/decision.js'
import { additionsOf, wholeLists } from '../policy/missing.js'
import type { Policy } from '../policy/policy.js'
import { settingsText } from './settings-text.js'

/** A list that is longer stands in a file, where an entry is added by hand. */
const mostEntries = 30

/** To be appended to the running command as it stands; where no flag can say it, what to add to the file. */
export function hintFor(fix: Fix, policy: Policy): string {
  const lists = wholeLists(fix, policy)
  const isShort = Object.values(lists).every(list => list.length <= mostEntries)
  const flag = isShort ? settingsText(lists, policy.match).flag : undefined
  if (flag !== undefined) return flag
  const additions = additionsOf(fix).map(({ option, value }) => `${value} in ${option}`)
  const where = policy.match === '' ? '' : ` of the path policy ${policy.match}`
  return `${additions.join(', ')}${where}, in the configuration file`
}
