import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { readRaw } from '../../src/proxy/raw-body.js'

/** A response whose parser has handed over everything that it has read. */
function responseOn(socket: PassThrough, readableLength = 0): IncomingMessage {
  return { socket, readableLength } as unknown as IncomingMessage
}

t.test('the rest of a body is handed over to its last byte, and nothing behind it', async t => {
  const socket = new PassThrough()
  const pieces: string[] = []
  const ended = new Promise<void>(resolve => {
    const isTaken = readRaw(responseOn(socket), 10, piece => pieces.push(String(piece)), resolve)
    t.equal(isTaken, true)
  })
  socket.write('01234')
  socket.write('56789HTTP/1.1 200 OK')
  await ended
  socket.end('POISON')
  await new Promise(resolve => socket.once('end', resolve))
  t.strictSame(pieces, ['01234', '56789'])
})

t.test('a body of which the parser still holds a piece is left to the parser', async t => {
  const socket = new PassThrough()
  socket.on('data', () => undefined)
  const isTaken = readRaw(
    responseOn(socket, 1),
    10,
    () => t.fail('no piece'),
    () => t.fail('no end'),
  )
  t.equal(isTaken, false)
  t.equal(socket.listenerCount('data'), 1, 'which goes on listening')
})
