import { anyPorts, demoPorts, startDemo } from '../demo/demo.js'
import type { DemoAddresses } from '../demo/page.js'
import { type Invocation, isOn } from './command.js'
import { start } from './start.js'

/** `demo`: an API without CORS, a page on another origin, and the sidecar between them. */
export async function demo(invocation: Invocation): Promise<number> {
  const { load } = invocation
  const surroundings = await startDemo(isOn(invocation, 'any-port') ? anyPorts : demoPorts)
  try {
    return await start(
      {
        ...invocation,
        load: {
          ...load,
          flags: { ...surroundings.flags, ...load.flags },
          // The settings of whatever project it is tried in, .env file included, are not the demo's.
          env: { NODE_ENV: 'production', NO_COLOR: load.env.NO_COLOR },
        },
      },
      demoText(surroundings.addresses),
    )
  } finally {
    await surroundings.close()
  }
}

const demoText = ({ page, strangerPage, api, sidecar, inspector }: DemoAddresses): string => `
  Open  ${page}
        A page that calls an API directly, which the browser blocks, and through the sidecar.
  Then  ${strangerPage}
        The same page under an origin that is not on the list: refused.
  And   ${inspector}
        What the sidecar decided, and why.

  API without any CORS header  ${api}
  The sidecar in front of it   ${sidecar}

  To put it before your own API:  cors-sidecar http://localhost:5000 -o ${page}
  Ctrl-C ends the demo.

`
