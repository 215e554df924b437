// What stands around the reason in a line of a console: who asked whom for what. Once, like the messages.

import type { Meaning } from './message.js'

/** Words around a message, in the notation of the messages. */
export interface Context {
  readonly words: string
  /** Where the words stand: before the message, or behind it. */
  readonly stands: 'before' | 'behind'
  /** What is left to say when no message is found with it. */
  readonly alone: Meaning
}

const refused: Meaning = [
  ['allow-origin-missing', 'possible'],
  ['allow-origin-other', 'possible'],
  ['preflight-not-ok', 'possible'],
  ['method-not-allowed', 'possible'],
  ['header-not-allowed', 'possible'],
]
const unknown: Meaning = [...refused, ['no-answer', 'possible']]
const socket: Meaning = [
  ['websocket-refused', 'likely'],
  ['no-answer', 'possible'],
]

export const contexts: readonly Context[] = [
  {
    words:
      "Access to {kind} at '{url}'[ (redirected from '{first}')] from origin '{origin}' has been blocked by CORS policy:",
    stands: 'before',
    alone: refused,
  },
  {
    words:
      'Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {url}. (Reason:',
    stands: 'before',
    alone: unknown,
  },
  {
    words:
      'Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote resource at {url} soon. (Reason:',
    stands: 'before',
    alone: [],
  },
  { words: "WebSocket connection to '{url}' failed:", stands: 'before', alone: socket },
  {
    words: "from origin '{origin}' has been blocked by CORS policy:",
    stands: 'before',
    alone: refused,
  },
  { words: 'Failed to load {url}', stands: 'before', alone: [] },
  {
    words: 'XMLHttpRequest cannot load {url} due to access control checks.',
    stands: 'behind',
    alone: unknown,
  },
  {
    words: 'Fetch API cannot load {url} due to access control checks.',
    stands: 'behind',
    alone: unknown,
  },
  { words: 'XMLHttpRequest cannot load {url}', stands: 'before', alone: unknown },
  { words: 'Fetch API cannot load {url}', stands: 'before', alone: unknown },
  { words: "Origin '{origin}' is therefore not allowed access.", stands: 'behind', alone: [] },
]

/** Goes before a message that is about the preflight. */
export const preflightWords = "Response to preflight request doesn't pass access control check:"

/** What browsers add, and what adds nothing. */
export const tails: readonly string[] = [
  "If an opaque response serves your needs, set the request's mode to 'no-cors' to fetch the resource with CORS disabled.",
  "Have the server send the header with a valid value, or, if an opaque response serves your needs, set the request's mode to 'no-cors' to fetch the resource with CORS disabled.",
  'Have the server send the header with a valid value.',
  'The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute.',
  'This request has been blocked; the content must be served over HTTPS.',
  'This request has been blocked; this endpoint must be available over WSS.',
  'Failed to load resource:',
  'Error in connection establishment:',
  'Not allowed to request resource',
  'Unhandled Promise Rejection:',
  'Uncaught (in promise)',
]
