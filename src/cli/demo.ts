import type { Variables } from '../config/sources.js'
import { anyPorts, demoPorts, startDemo } from '../demo/demo.js'
import type { DemoAddresses } from '../demo/page.js'
import { version } from '../terms/version.js'
import { bannerText } from './banner-layout.js'
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
      isColoured => demoBanner(surroundings.addresses, commandOf(load.env), isColoured),
    )
  } finally {
    await surroundings.close()
  }
}

/** How the person who sees the demo starts the program: in a clone it is not installed. */
function commandOf(env: Variables): string {
  const isClone = env.npm_lifecycle_event === 'start' && env.npm_package_name === 'cors-sidecar'
  return isClone ? 'npm start --' : 'cors-sidecar'
}

const demoBanner = (
  { page, strangerPage, api, sidecar, inspector }: DemoAddresses,
  command: string,
  isColoured: boolean,
): string =>
  bannerText(
    `cors-sidecar ${version}, the demo`,
    [
      {
        label: 'Open',
        value: page,
        note: 'a page that calls an API, directly and through the sidecar',
      },
      { label: 'Compare', value: strangerPage, note: 'the same page, not listed: refused' },
      { label: 'Listening', value: sidecar },
      { label: 'Upstream', value: api, note: 'an API that sends no CORS header' },
      { label: 'Policy', value: `${page}, with credentials` },
      ...(inspector === undefined
        ? []
        : [{ label: 'Admin', value: inspector, note: 'what the sidecar decided, and why' }]),
    ],
    [
      'In front of your own API:',
      `  ${command} http://localhost:5000 -o ${page}`,
      '',
      'Ctrl-C ends the demo.',
    ],
    isColoured,
  )
