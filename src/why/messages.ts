// Every message in which a browser, a library or Node tells a person that a request failed, once. The guide,
// `why` and the tests that provoke the messages are made from this table.

import { corsMessages } from './cors-messages.js'
import type { MessageSection } from './message.js'
import { otherMessages } from './other-messages.js'

export const messageSections: readonly MessageSection[] = [...corsMessages, ...otherMessages]
