// The fenced blocks of a Markdown file and the marks before them, invisible to readers. Whoever runs
// what a document shows takes it from here, so that it is the very text that people paste.
//
//   <!-- run: NAME -->           what is typed; with a line that begins with $, and what it prints
//   <!-- output: NAME -->        what the command of that name prints
//   <!-- file: NAME PATH -->     a file that the command of that name reads
//
// node scripts/marked-blocks.mjs FILE NAME [KIND]   prints one block, a `run` unless told otherwise
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const fenced = /(?:^<!-- (.*?) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm
const mark = /^(run|output|file): (\S+)(?: (\S+))?$/

/** Every fenced block, in order; without `kind` when no mark stands before it. */
export function markedBlocks(markdown) {
  return [...markdown.matchAll(fenced)].map(([, comment = '', language, text]) => {
    const [, kind, name, path] = mark.exec(comment) ?? []
    return { kind, name, path, language, text }
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [file, name, kind = 'run'] = process.argv.slice(2)
  const found = markedBlocks(readFileSync(file, 'utf8')).find(
    block => block.kind === kind && block.name === name,
  )
  if (found === undefined) {
    process.stderr.write(`${file} has no block marked ${kind}: ${name}\n`)
    process.exitCode = 1
  } else {
    process.stdout.write(found.text)
  }
}
