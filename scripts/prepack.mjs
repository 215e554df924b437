// Before npm packs: a fresh build, and the same permissions whatever the umask of this clone was, so that
// one commit gives one package, whoever packs it where.
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { npmCommand } from './npm.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

rmSync(join(root, 'dist'), { recursive: true, force: true })
npm(['run', '--silent', 'build'], 'inherit')
const listed = npm(['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], 'pipe')
const [{ files }] = Object.values(JSON.parse(listed))
for (const { path } of files) chmodSync(join(root, path), path.startsWith('bin/') ? 0o755 : 0o644)

/** What npm printed; the reason of a failure is on standard error by then. */
function npm(args, stdout) {
  const { command, words, options } = npmCommand(args)
  const stdio = ['ignore', stdout, 'inherit']
  const ended = spawnSync(command, words, { ...options, cwd: root, encoding: 'utf8', stdio })
  if (ended.status !== 0) process.exit(ended.status ?? 1)
  return ended.stdout
}
