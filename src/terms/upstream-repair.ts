// What is mended in an upstream's response, because it can be read in one way only. A closed list: each
// is an event's `what` and a metric's label. The words say what was seen.

export const upstreamRepairs = {
  'empty-line': 'an empty line stood before its status line',
  'status-line': 'its status line has odd blanks, an odd protocol or a sub-status',
  'repeated-status-line': 'a second status line stood among its fields',
  'bare-line-feed': 'a line ended in LF without CR',
  'folded-field': 'a field went on in the next line',
  'control-byte': 'a control byte stood in a field or in the reason phrase',
  'odd-field-name': 'a field had a name that HTTP does not allow, and was left out',
  'line-without-colon': 'a line without a colon stood among its fields, and was left out',
  'repeated-length': 'its length was given more than once, each time the same',
  'length-beside-chunked': 'it had a length beside chunks',
  'identity-coding': 'its transfer coding was identity, which is none',
  'repeated-coding': 'its transfer coding was chunked, named more than once',
  'blank-behind-chunk-size': 'a blank stood behind a chunk size',
  'no-line-behind-chunks': 'the empty line behind its last chunk was missing',
} as const

export type UpstreamRepair = keyof typeof upstreamRepairs

/** What was mended in one response. */
export type Repairs = Set<UpstreamRepair>
