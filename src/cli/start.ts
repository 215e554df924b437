import { loadSettings } from '../config/load.js'
import { type Invocation, isOn } from './command.js'
import { problemsReport } from './problems-report.js'
import type { Greeting } from './run.js'

/**
 * `start`: the proxy, from settings to the last answered request. A greeting, when given, is printed
 * instead of the banner.
 */
export async function start(invocation: Invocation, greeting?: Greeting): Promise<number> {
  // Asked to stop before there is anything to finish: that, too, is a stop in order.
  const leave = () => process.exit(0)
  process.on('SIGTERM', leave)
  process.on('SIGINT', leave)
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
  const ended = run({
    loaded,
    load: running => loadSettings({ ...invocation.load, running }),
    isTerminal,
    print: invocation.print,
    printError: invocation.printError,
    ...(greeting === undefined ? {} : { greeting }),
    suggests: isOn(invocation, 'suggest'),
    isColoured: invocation.isColoured,
  })
  // From here on its own handlers stand.
  process.removeListener('SIGTERM', leave)
  process.removeListener('SIGINT', leave)
  return ended
}
