// One request of a page, as it is put to a server.

export interface Question {
  readonly url: URL
  readonly origin: string
  /** Whether the person named the origin, or it stands for any page. */
  readonly isOriginGiven: boolean
  readonly method: string
  /** What the page sets, by lower-case name; undefined where only the name is known. */
  readonly headers: ReadonlyMap<string, string | undefined>
  /** The `Cookie` of the session; with one, requests with cookies are what is judged. */
  readonly cookie: string | undefined
  /** Undefined for none. Without one a method that may change something is not sent. */
  readonly body: string | undefined
}

/** Whether sending it changes nothing: RFC 9110, 9.2.1, and RFC 10008 for QUERY. */
export function changesNothing(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS', 'QUERY'].includes(method)
}
