import t from 'tap'
import { createLogDestination } from '../../src/observe/log-destination.js'

/** A writer that takes pieces of 64 bytes, each when it is told to. */
function slowWriter() {
  const pieces: Buffer[] = []
  let finish: ((isWritten: boolean) => void) | undefined
  return {
    pieces,
    written: (isWritten = true) => finish?.(isWritten),
    writer: {
      pieceSize: 64,
      write(piece: Uint8Array, done: (isWritten: boolean) => void) {
        pieces.push(Buffer.from(piece))
        finish = done
      },
    },
  }
}

const line = (text: string) => `{"text":"${text}"}\n`

t.test('lines go out whole and in their order, whatever they hold', async t => {
  const { writer, pieces, written } = slowWriter()
  const destination = createLogDestination({ writer, onDropped: () => t.fail('none is dropped') })
  const lines = ['a', 'ü'.repeat(20), '☂'.repeat(40), 'x'.repeat(500), '𝄞', 'b', 'c'].map(line)
  for (const one of lines) destination.write(one)
  const flushed = destination.flush(10_000)
  for (let at = 0; at < lines.length; at++) written()
  await flushed
  t.equal(Buffer.concat(pieces).toString(), lines.join(''))
  for (const piece of pieces) {
    const text = piece.toString()
    t.ok(text.endsWith('}\n'), 'no piece cuts a line')
    t.ok(piece.length <= 64 || text.indexOf('\n') === text.length - 1, 'a long line is alone')
  }
})

t.test('a line that comes while others are written does not change them', async t => {
  const { writer, pieces, written } = slowWriter()
  const destination = createLogDestination({ writer, onDropped: () => t.fail('none is dropped') })
  destination.write(line('first'))
  const flushed = destination.flush(10_000)
  destination.write(line('second'))
  written()
  destination.write(line('third'))
  for (let at = 0; at < 3; at++) written()
  await flushed
  t.equal(Buffer.concat(pieces).toString(), ['first', 'second', 'third'].map(line).join(''))
})

t.test('lines of a piece that could not be written are told of', async t => {
  const dropped: number[] = []
  const { writer, pieces, written } = slowWriter()
  const destination = createLogDestination({ writer, onDropped: lines => dropped.push(lines) })
  for (const text of ['a', 'b', 'c']) destination.write(line(text))
  const lost = destination.flush(10_000)
  written(false)
  await lost
  t.same(dropped, [3])
  destination.write(line('d'))
  const flushed = destination.flush(10_000)
  written()
  await flushed
  t.equal(pieces.at(-1)?.toString(), '{"text":"d","linesDropped":3}\n')
})
