// What is given to `why`: arguments, standard input, files. An archive is read piece by piece.
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { type HarCause, readHar } from '../../why/har.js'
import { readHarText } from '../../why/har-text.js'
import { type Invocation, lastValue } from '../command.js'

export interface Input {
  readonly text: string
  readonly archived: readonly HarCause[]
  /** What is wrong with an archive that was read as far as it goes. */
  readonly fault: string | undefined
}

/** The input, or the sentence that says why there is none. */
export async function readInput(invocation: Invocation): Promise<Input | string> {
  const { arguments: given, load } = invocation
  const words = given.filter(word => word !== '-')
  const streams: [name: string, stream: Readable][] = []
  for (const flag of ['har', 'curl'] as const) {
    const file = lastValue(invocation, flag)
    if (file === undefined) continue
    const path = file === '-' ? '/dev/stdin' : resolve(load.cwd, file)
    streams.push([`--${flag}: "${file}"`, createReadStream(path, { highWaterMark: 256 * 1024 })])
  }
  const isPiped = given.includes('-') || (words.length === 0 && streams.length === 0)
  if (isPiped && process.stdin.isTTY) return howToGive
  if (isPiped) streams.push(['standard input', process.stdin])
  let input: Input = { text: words.join('\n').slice(0, mostText), archived: [], fault: undefined }
  for (const [name, stream] of streams) {
    try {
      const { text, archived, fault } = await readStream(stream)
      input = {
        text: `${input.text}\n${text}`,
        archived: [...input.archived, ...archived],
        fault: input.fault ?? fault,
      }
    } catch (error) {
      return `${name} cannot be read: ${error instanceof Error ? error.message : error}`
    }
  }
  const isArchive = lastValue(invocation, 'har') !== undefined
  if (isArchive && input.fault !== undefined && input.archived.length === 0) {
    return `--har: "${lastValue(invocation, 'har')}" is no HAR: ${input.fault}`
  }
  return input
}

/** Nobody copies more out of a console. */
const mostText = 512 * 1024

const howToGive =
  'Give what the console says as an argument, or pipe it in. See cors-sidecar why --help'

async function readStream(stream: Readable): Promise<Input> {
  const har = readHar()
  let entries = 0
  const archive = readHarText(entry => {
    entries++
    har.add(entry)
  })
  let text = ''
  let isArchive: boolean | undefined
  stream.setEncoding('utf8')
  for await (const chunk of stream) {
    const piece = String(chunk)
    isArchive ??= /^[\s\ufeff]*[^\s\ufeff]/.test(piece) ? /^[\s\ufeff]*\{/.test(piece) : undefined
    if (isArchive === true) archive.write(piece)
    if (isArchive !== true || entries === 0) text = text.length < mostText ? text + piece : text
    if (isArchive !== true && text.length >= mostText) break
  }
  const fault = isArchive === true ? archive.end() : 'it is no JSON'
  return entries > 0
    ? { text: '', archived: har.causes(), fault }
    : { text: text.slice(0, mostText), archived: [], fault }
}
