// Fields that are set by hand, and that another option sets too: only one of the two could be sent.

import { isName } from '../terms/field-names.js'
import { error } from '../terms/finding.js'
import { flagName } from '../terms/option-names.js'
import type { OptionFinding } from './option-finding.js'
import type { Settings } from './options.js'

const forwardedNames = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
])

/** The mistakes in `setRequestHeaders` that its items alone can't tell. */
export function checkSetRequestHeaders(settings: Settings): OptionFinding[] {
  return settings.setRequestHeaders.flatMap(({ name }) => {
    const owner = ownerOf(name.toLowerCase(), settings)
    if (owner === undefined) return []
    const reason = `is set by the option ${flagName(owner.option)}, which would overwrite it`
    const wrong = error('conflict', reason, { item: name, advice: owner.advice })
    return [{ ...wrong, option: 'setRequestHeaders' }]
  })
}

function ownerOf(
  name: string,
  { forwardedHeaders, via }: Settings,
): { readonly option: 'forwardedHeaders' | 'via'; readonly advice: string } | undefined {
  if (forwardedHeaders !== 'off' && forwardedNames.has(name)) {
    const others = 'Set --forwarded-headers off and every field that the upstream needs'
    const advice = isScheme(name)
      ? `${others}. For an upstream that wants https in development, set --cookie-rewrite dev instead.`
      : `${others}.`
    return { option: 'forwardedHeaders', advice }
  }
  if (via !== undefined && via !== 'off' && name === 'via') {
    return { option: 'via', advice: 'Name yourself with --via NAME, or set --via off.' }
  }
  return undefined
}

const isScheme = (name: string): boolean => name === 'x-forwarded-proto' || name === 'forwarded'

/** A field is set by one option, or taken out. */
export function checkResponseFields({
  setResponseHeaders,
  removeResponseHeaders,
  corp,
}: Settings): OptionFinding[] {
  const isSet = (wanted: string) =>
    setResponseHeaders.some(({ name }) => isName(name, wanted.toLowerCase()))
  const removed = removeResponseHeaders.filter(isSet).map(item => ({
    option: 'removeResponseHeaders' as const,
    ...error('conflict', 'is also set by the option set-response-headers', {
      item,
      advice: 'Name it in one of the two: what is set replaces what came.',
    }),
  }))
  const policy = 'cross-origin-resource-policy'
  const others = [
    ...(isSet(policy) ? ['setResponseHeaders' as const] : []),
    ...(removeResponseHeaders.some(name => isName(name, policy))
      ? ['removeResponseHeaders' as const]
      : []),
  ]
  const twice = others.map(option => ({
    option,
    ...error('conflict', 'names the field that the option corp sets', {
      item: policy,
      advice: 'Say it with corp alone, or leave corp off.',
    }),
  }))
  return [...removed, ...(corp === 'off' ? [] : twice)]
}
