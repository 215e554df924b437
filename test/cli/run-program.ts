// The program as people start it, in an environment that holds only what a test puts there.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../../bin/cors-sidecar.js', import.meta.url))

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the program to its end, in a directory without a .env file unless told otherwise. `env -i` takes
 * away what the test runner would put into the environment, NODE_OPTIONS among it.
 */
export const runProgram = (
  words: readonly string[],
  { env = {}, cwd = '/' }: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
): Promise<Ended> =>
  new Promise(resolve => {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const line = ['-i', `PATH=${process.env.PATH}`, ...variables, process.execPath, bin, ...words]
    execFile('env', line, { cwd, timeout: 30_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? Number.NaN)
      resolve({ code, stdout, stderr })
    })
  })
