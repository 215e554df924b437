// Every command, one entry each. A new one is written here and nowhere else.
import type { Command, OwnFlag } from './command.js'

const json: OwnFlag = { describe: 'Prints JSON instead of text.' }

export const startCommand: Command = {
  name: 'start',
  describe: 'Runs the proxy; the default.',
  usage: '[UPSTREAM] [options]',
  takesOptions: true,
  argument: 'upstream',
  flags: {
    suggest: { describe: 'Prints the smallest policy that fits the traffic, when it ends.' },
  },
  load: async () => (await import('./start.js')).start,
}

export const commands: readonly Command[] = [
  startCommand,
  {
    name: 'check',
    describe: 'Lists what is wrong with the settings.',
    usage: '[UPSTREAM] [--json] [options]',
    takesOptions: true,
    argument: 'upstream',
    flags: { json },
    load: async () => (await import('./check.js')).check,
  },
  {
    name: 'config',
    describe: 'Shows every setting and its source.',
    usage: '[UPSTREAM] [--json] [options]',
    takesOptions: true,
    argument: 'upstream',
    flags: { json },
    load: async () => (await import('./config.js')).showConfig,
  },
  {
    name: 'explain',
    describe: 'Judges a made-up request, step by step.',
    usage: '--origin ORIGIN [options]',
    takesOptions: true,
    argument: 'upstream',
    flags: {
      origin: { metavar: 'ORIGIN', describe: 'Origin of the page.' },
      method: { metavar: 'METHOD', describe: 'Method of the request. [GET]' },
      headers: { metavar: 'NAMES', describe: 'Request headers that the page sets, with commas.' },
      path: { metavar: 'PATH', describe: 'Path of the request. [/]' },
      upgrade: { describe: 'The request opens a WebSocket.' },
      json,
    },
    load: async () => (await import('./explain.js')).explainRequest,
  },
  {
    name: 'doctor',
    describe: 'Asks a server as a browser would, and judges the answers.',
    usage: '[URL] [--origin ORIGIN]',
    takesOptions: false,
    argument: 'own',
    flags: {
      origin: {
        metavar: 'ORIGIN',
        describe: 'Origin of a page that should be let in; repeatable.',
      },
      method: { metavar: 'METHOD', describe: 'Method that the preflight asks for. [GET]' },
      headers: {
        metavar: 'NAMES',
        describe: 'Headers that the preflight asks for. [authorization,content-type]',
      },
      insecure: { describe: 'Accepts any certificate.' },
      json,
    },
    load: async () => (await import('./doctor.js')).doctor,
  },
  {
    name: 'import',
    describe: 'Reads the settings of another tool.',
    usage: 'FILE',
    takesOptions: false,
    argument: 'own',
    flags: {},
    load: async () => (await import('./import/import.js')).importFile,
  },
  {
    name: 'demo',
    describe: 'Shows what it does, with a page and an API.',
    usage: '[--any-port] [options]',
    takesOptions: true,
    argument: 'none',
    flags: { 'any-port': { describe: 'Takes any free ports, not 8010 to 8013.' } },
    load: async () => (await import('./demo.js')).demo,
  },
  {
    name: 'healthcheck',
    describe: 'Asks a running sidecar whether it is well.',
    usage: '[--ready] [options]',
    takesOptions: true,
    argument: 'none',
    flags: { ready: { describe: 'Asks whether it takes requests, too.' } },
    load: async () => (await import('./healthcheck.js')).healthcheck,
  },
  {
    name: 'wait',
    describe: 'Waits until a sidecar takes requests.',
    usage: '[--max 30s] [options]',
    takesOptions: true,
    argument: 'none',
    flags: { max: { describe: 'How long to wait at most; 30s.', metavar: 'DURATION' } },
    load: async () => (await import('./wait.js')).wait,
  },
  {
    name: 'completion',
    describe: 'Prints a shell completion script.',
    usage: '',
    takesOptions: false,
    argument: 'none',
    flags: {},
    load: async () => (await import('./completion.js')).printCompletion,
  },
]
