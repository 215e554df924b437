import { loadSettings } from '../config/load.js'
import { type Invocation, isOn } from './command.js'
import { problemsReport } from './problems-report.js'

/**
 * `start`: the proxy, from settings to the last answered request. A greeting, when given, is printed
 * instead of the banner.
 */
export async function start(invocation: Invocation, greeting?: string): Promise<number> {
  // The proxy's modules load while the settings are read.
  const running = import('./run.js')
  const loaded = await loadSettings(invocation.load)
  if (!loaded.ok) {
    const heading = (tally: string) => `cors-sidecar did not start: ${tally} in the configuration.`
    invocation.printError(problemsReport(heading, loaded.problems))
    return 2
  }
  const { run } = await running
  const { isTerminal } = invocation.load
  return run({
    loaded,
    load: () => loadSettings(invocation.load),
    isTerminal,
    ...(greeting === undefined ? {} : { greeting }),
    suggests: isOn(invocation, 'suggest'),
    isColoured: isTerminal && invocation.load.env.NO_COLOR === undefined,
  })
}
