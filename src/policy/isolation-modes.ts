// The values of the option isolate, and what follows from each for caches.

/** Who is kept out: see docs/semantics.md, "Isolation". */
export type Isolate = 'off' | 'report' | IsolationMode
/** `api` refuses all that `resources` refuses, and more. */
export type IsolationMode = 'api' | 'resources'

/** The fields that an answer depends on, beside `Origin`. */
export function isolationVary(isolate: Isolate): readonly string[] {
  if (isolate === 'off' || isolate === 'report') return []
  return [
    'Sec-Fetch-Site',
    'Sec-Fetch-Mode',
    ...(isolate === 'resources' ? ['Sec-Fetch-Dest'] : []),
  ]
}
