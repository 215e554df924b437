import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'

export interface PageFile {
  readonly contentType: string
  readonly body: Buffer
}

const contentTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

/**
 * The files of the inspector, read when the first is asked for. A name from outside only ever
 * selects among those that lie in the directory; it is never made into a path.
 */
export function createPageFiles(
  directory: string,
): (name: string) => Promise<PageFile | undefined> {
  let reading: Promise<Map<string, PageFile>> | undefined
  return async name => {
    reading ??= readFiles(directory)
    return (await reading).get(name)
  }
}

async function readFiles(directory: string): Promise<Map<string, PageFile>> {
  const names = await readdir(directory).catch(() => [])
  const files = new Map<string, PageFile>()
  for (const name of names) {
    const contentType = contentTypes[extname(name)]
    if (contentType !== undefined) {
      files.set(name, { contentType, body: await readFile(join(directory, name)) })
    }
  }
  return files
}
