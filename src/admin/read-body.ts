import type { IncomingMessage } from 'node:http'

const limit = 4096

/** Undefined when there is more of it than anything here takes, or it did not come whole. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  let text = ''
  request.setEncoding('latin1')
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
