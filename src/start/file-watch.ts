import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

/** Notices changes of files. */
export interface FileWatch {
  /** Watches these files and no others; none stops it. */
  follow(files: readonly string[]): void
  /** Takes what the files are now as seen; called before they are read. */
  note(): void
}

/** Slower than an editor saves, faster than a person looks. */
const lookMs = 1000

/**
 * Calls `onChange` when a file changes, appears or goes. By looking, not by waiting for events:
 * those are lost where a directory is swapped by a symbolic link, as Kubernetes does it.
 */
export function createFileWatch(onChange: () => void): FileWatch {
  let seen = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined

  const look = async () => {
    let hasChanged = false
    for (const [file, before] of seen) {
      const now = await stat(file).then(signatureOf, () => missing)
      if (now === before || seen.get(file) !== before) continue
      seen.set(file, now)
      hasChanged = true
    }
    if (hasChanged) onChange()
  }

  return {
    follow(files) {
      seen = new Map(files.map(file => [file, seen.get(file) ?? signatureNow(file)]))
      if (seen.size > 0) timer ??= setInterval(look, lookMs)
      else {
        clearInterval(timer)
        timer = undefined
      }
    },
    note() {
      for (const file of seen.keys()) seen.set(file, signatureNow(file))
    },
  }
}

const missing = 'missing'

// What can't be looked at, such as a loop of symbolic links, is missing like what is not there.
function signatureNow(file: string): string {
  try {
    return signatureOf(statSync(file))
  } catch {
    return missing
  }
}

function signatureOf(stats: { mtimeMs: number; size: number; ino: number }): string {
  return `${stats.mtimeMs} ${stats.size} ${stats.ino}`
}
