// Settings from made-up sources: no real environment and no real file is looked at.
import { type LoadInput, loadSettings } from '../../src/config/load.js'
import { problemSentence } from '../../src/config/problem.js'

export type Given = Partial<Omit<LoadInput, 'read'>> & {
  /** By absolute path; the working directory is /srv/app. */
  readonly files?: Readonly<Record<string, string>>
}

/** Loads the settings; `texts` are the problems as a person reads them. */
export async function load({ files = {}, ...given }: Given) {
  const result = await loadSettings({
    arguments: ['http://127.0.0.1:5000'],
    env: {},
    cwd: '/srv/app',
    isTerminal: false,
    execArgv: [],
    nodeVersion: '24.1.0',
    now: Date.parse('2026-01-01'),
    read: path => {
      const text = files[path]
      return text === undefined ? { failure: 'there is no such file' } : { text }
    },
    ...given,
  })
  return {
    ...result,
    settings: result.ok ? result.settings : undefined,
    texts: result.problems.map(problemSentence),
  }
}

/** An environment in which the only problem is the one that a test puts in. */
export const goodEnv = { CORS_SIDECAR_ALLOW_ORIGINS: 'https://app.example.com' }
