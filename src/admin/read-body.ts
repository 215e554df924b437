import type { IncomingMessage } from 'node:http'

/** Characters of a body that is no text of a person. */
const standardLimit = 4096

/** Undefined when there is more of it than that, or it did not come whole. */
export async function readBody(
  request: IncomingMessage,
  limit = standardLimit,
): Promise<string | undefined> {
  let text = ''
  request.setEncoding('utf8')
  try {
    for await (const part of request) {
      text += part
      if (text.length > limit) return undefined
    }
  } catch {
    // The client left, or took longer than the server allows: nobody is there to answer.
    return undefined
  }
  return text
}
