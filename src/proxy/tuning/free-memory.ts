/** What is smaller is left to the garbage collector: letting it go costs as much as freeing it. */
const WORTH_FREEING = 4_096

/** Nobody is at the other end: what is sent to it is gone. */
const nowhere = new MessageChannel().port1
nowhere.close()

/**
 * What frees the memory of a piece at once when nobody needs it any more; the piece has no bytes
 * then. Left to the garbage collector, the pieces of a large body have it at work all the time.
 * Nothing for what is small, or only a part of other memory.
 */
export function freeing({ buffer, length }: Buffer): (() => void) | undefined {
  if (length < WORTH_FREEING || buffer.byteLength !== length) return undefined
  return () => nowhere.postMessage(undefined, [buffer as ArrayBuffer])
}
