import { fstatSync } from 'node:fs'
import type { Socket } from 'node:net'

/** Node tells these of nothing but the handle: how much of a write is left, and the descriptor. */
interface StreamHandle {
  readonly fd?: number
  readonly bytesWritten?: number
  readonly writeQueueSize?: number
}

interface Handled {
  readonly _handle?: StreamHandle | null
}

function handleOf(socket: Socket & Handled): StreamHandle | null | undefined {
  return socket._handle
}

/** Bytes that the kernel has taken of what was written; -1 when the connection has gone. */
export function handedOver(socket: Socket): number {
  const handle = socket.destroyed ? undefined : handleOf(socket)
  return handle ? (handle.bytesWritten ?? 0) - (handle.writeQueueSize ?? 0) : -1
}

/** Whether bytes that were written wait for the kernel to take them. */
export function isBackedUp(socket: Socket): boolean {
  return (handleOf(socket)?.writeQueueSize ?? 0) > 0
}

export function inodeOf(socket: Socket): number {
  const fd = handleOf(socket)?.fd ?? -1
  return fd < 0 ? 0 : fstatSync(fd).ino
}
