// The lists of messages in docs/troubleshooting.md, as `npm run generate` writes them.

import type { Message } from './message.js'
import { messageSections } from './messages.js'

/** The guide with the messages of each section below its heading. */
export function withMessages(guide: string): string {
  return messageSections.reduce((text, { title, messages }) => {
    const list = `\`\`\`text\n${messages.map(messageLine).join('\n')}\n\`\`\`\n\n`
    const [before, after] = text.split(new RegExp(`(?<=^##+ ${title}\\n\\n)`, 'm'), 2)
    if (before === undefined || after === undefined) return text
    return before + list + after.replace(/^```text\n[\s\S]*?\n```\n\n/, '')
  }, guide)
}

function messageLine({ engine, isProvoked, words }: Message): string {
  const shown = words.replace(/[[\]]/g, '').replace(/\{\w+\}/g, '…')
  return `${engine}${isProvoked ? '' : '*'}: ${shown}`
}
