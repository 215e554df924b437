// What is repaired in an upstream's response, because it can be read in one way only. A closed list: each
// is an event's `what` and a metric's label. The words say what was seen.

export const upstreamRepairs = {
  'empty-line': 'an empty line came before its status line',
  'status-line': 'its status line has extra spaces, an unknown protocol or a sub-status',
  'repeated-status-line': 'a second status line came among its headers',
  'bare-line-feed': 'a line ended in LF without CR',
  'folded-field': 'a header continued in the next line',
  'control-byte': 'a header or the reason phrase held a control byte',
  'odd-field-name': 'a header had a name that HTTP does not allow, and was left out',
  'line-without-colon': 'a line without a colon came among its headers, and was left out',
  'repeated-length': 'its length was repeated with the same value',
  'length-beside-chunked': 'it had both a length and chunks',
  'identity-coding': 'its transfer coding was identity, which means none',
  'repeated-coding': 'its transfer coding was chunked, named more than once',
  'blank-behind-chunk-size': 'a chunk size was followed by a space',
  'no-line-behind-chunks': 'the empty line after its last chunk was missing',
} as const

export type UpstreamRepair = keyof typeof upstreamRepairs

/** What was repaired in one response. */
export type Repairs = Set<UpstreamRepair>
