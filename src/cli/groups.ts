import type { Group } from '../config/option.js'

/** The groups of options, in the order in which they are shown. */
export const groupTitles: { readonly [Name in Group]: string } = {
  policy: 'Policy',
  forwarding: 'Forwarding',
  listening: 'Listening and operations',
}
