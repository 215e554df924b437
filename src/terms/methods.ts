// The methods that are served: those that Node's HTTP/1.1 parser can read. HTTP/2 could carry others, but
// what a policy allows must not depend on the protocol a client happens to use.

/** Same as `http.METHODS` of every Node.js that is supported. */
export const servedMethods: ReadonlySet<string> = new Set(
  `ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE
  NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE
  UNBIND UNLINK UNLOCK UNSUBSCRIBE`.split(/\s+/u),
)
