// One question that is put to both sides.

export interface DiffQuestion {
  readonly method: string
  readonly path: string
  /** Undefined for a request that no page makes. */
  readonly origin: string | undefined
  /** Method and lower-case header names that a preflight asks for. */
  readonly preflight?: { readonly method: string; readonly names: readonly string[] }
  /** A WebSocket handshake. */
  readonly upgrade?: true
}

/** What one side says to it. */
export interface Said {
  /** What a browser then lets the page do. */
  readonly allows: 'all' | 'without-cookies' | 'nothing'
  /** The request itself is refused, and reaches no API. */
  readonly blocked: boolean
  readonly maxAge: string
  readonly exposed: readonly string[]
  readonly timing: boolean
}

const fields = ['allows', 'blocked', 'maxAge', 'exposed', 'timing'] as const

/** The names in which two sides differ. */
export const saidDifferently = (a: Said, b: Said): (keyof Said)[] =>
  fields.filter(name => String(a[name]) !== String(b[name]))

/** A side of a comparison. */
export interface Side {
  readonly title: string
  /** What it names itself: from these the questions are made. */
  readonly words: Words
  /** What tells two origins apart for this side, below one path. The same text: the same answers. */
  readonly kindOf: (origin: string, path: string) => string
  readonly kindOfPath: (path: string) => string
  readonly answer: (question: DiffQuestion) => Promise<Said>
}

/** Everything that a policy names. */
export interface Words {
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposed: readonly string[]
  readonly paths: readonly string[]
}
