// A body in chunks of random sizes, as strict senders may write them.

/** The chunks of a body; `trailers` is the text of whole lines behind the last one. */
export function drawChunks(
  random: () => number,
  bytes: string,
  extensions: readonly string[],
  trailers: string,
): string {
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = (choices: readonly string[]) => choices[below(choices.length)] as string
  let sent = ''
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + below(bytes.length - at)
    const hex = size.toString(16)
    const digits = pick([hex, hex.toUpperCase(), `0${hex}`])
    const extension = random() < 0.15 ? pick(extensions) : ''
    sent += `${digits}${extension}\r\n${bytes.slice(at, at + size)}\r\n`
    at += size
  }
  return `${sent}0\r\n${trailers}\r\n`
}
