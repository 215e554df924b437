/** The head of an upstream response, with its framing read. */
export interface ResponseHead {
  readonly status: number
  readonly reason: string
  readonly version: '1.0' | '1.1'
  /** Name and value of each field in turn: case, order and repeats kept. */
  readonly fields: readonly string[]
  /** The values of all `Connection` lines, joined. */
  readonly connection: string | undefined
  readonly isChunked: boolean
  /** The announced length in bytes; undefined when none is announced, or chunks override it. */
  readonly length: number | undefined
}
