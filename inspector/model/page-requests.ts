/** The kinds of request a page can make that CORS treats differently. */
export interface PageRequest {
  readonly name: string
  readonly does: string
  readonly init: {
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
    readonly credentials?: 'include'
  }
}

export const pageRequests: readonly PageRequest[] = [
  { name: 'Simple', does: 'GET without extra headers: no preflight.', init: {} },
  {
    name: 'Preflighted',
    does: 'PUT with a JSON body: the browser sends a preflight first.',
    init: { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' },
  },
  {
    name: 'Own header',
    does: 'GET with X-Playground: the header has to be allowed.',
    init: { headers: { 'x-playground': '1' } },
  },
  {
    name: 'Credentialed',
    does: 'GET with cookies: needs the exact origin and allowed credentials.',
    init: { credentials: 'include' },
  },
]

/** The same requests for the console of a page, which prints what the browser made of each. */
export function consoleSnippet(target: string): string {
  const lines = pageRequests.map(
    ({ name, init }) => `  [${JSON.stringify(name)}, ${JSON.stringify(init)}],`,
  )
  return [
    'for (const [name, init] of [',
    ...lines,
    `]) await fetch(${JSON.stringify(target)}, init).then(`,
    "  response => console.log('✓', name, 'readable:', response.status),",
    "  error => console.log('✕', name, 'blocked:', error.message))",
  ].join('\n')
}
