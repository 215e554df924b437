import { createServer, type Server } from 'node:http'
import { createAnswerer } from './answer.js'
import type { AdminContext } from './context.js'
import { createCredentials } from './credentials.js'
import { serveGuests } from './guests.js'
import { createInspector } from './inspector.js'
import { replyError } from './reply.js'
import { createRoutes } from './routes.js'

export interface Admin {
  /** Serves the endpoints; the caller lets it listen. */
  readonly server: Server
  /** Ends event streams and connections, so that the server can close. */
  close(): Promise<void>
}

/** A head is due within a second or two: nobody types one by hand, and silence takes others' place. */
const times = {
  headersTimeout: 1500,
  requestTimeout: 5000,
  connectionsCheckingInterval: 250,
}
/** How long a client may leave a response unread; event streams carry something every 15 s. */
const unreadTimeout = 30_000

/** The admin listener: probes, metrics, settings, inspector. Shares no port with the proxy. */
export function createAdmin(context: AdminContext, unreadTimeoutMs = unreadTimeout): Admin {
  const inspectorContext = context.inspector()
  const inspector = inspectorContext && createInspector(inspectorContext)
  const credentials = createCredentials(() => context.adminToken())
  const answer = createAnswerer({
    routes: createRoutes(context, credentials, inspector),
    credentials,
    hasToken: () => Boolean(context.adminToken()),
  })
  const server = createServer(times)
  server.timeout = unreadTimeoutMs
  serveGuests(server, (request, response, peer) =>
    answer(request, response, peer).catch((error: unknown) => {
      context.failed(error)
      if (response.headersSent) response.destroy()
      else replyError(response, 500, 'internal', 'This failed. The log has the reason.')
    }),
  )
  return {
    server,
    close() {
      inspector?.close()
      return new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
