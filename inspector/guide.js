// The guide as a page of the inspector.
import { Marked } from 'marked'

/** Makes a page of Markdown, with the anchors that GitHub gives its headings. */
export function guidePage(markdown) {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      // The other documents are not here.
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens)
        return /^(?:https?:|#)/u.test(href) ? `<a href="${href}">${text}</a>` : text
      },
      table(token) {
        const cells = (row, tag) =>
          row.map(cell => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')
        const rows = token.rows.map(row => `<tr>${cells(row, 'td')}</tr>`).join('\n')
        const label = token.header.map(({ text }) => text).join(', ')
        return `<section class="scroller" tabindex="0" aria-label="${label}"><table><thead><tr>${cells(token.header, 'th')}</tr></thead><tbody>${rows}</tbody></table></section>\n`
      },
      code: ({ text }) => `<pre tabindex="0"><code>${breakable(text)}</code></pre>\n`,
      codespan: ({ text }) => `<code>${breakable(text)}</code>`,
    },
  })
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Guide · cors-sidecar</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/inspect/page.css">
  </head>
  <body>
    <header class="top">
      <p class="home">cors-sidecar</p>
      <nav aria-label="Pages">
        <a href="/inspect#requests">Requests</a>
        <a href="/inspect#what-if">What if</a>
        <a href="/inspect#suggest">Suggest</a>
        <a href="/inspect/playground">Playground</a>
        <a href="/inspect/guide" aria-current="page">Guide</a>
      </nav>
    </header>
    <main class="guide">
${marked.parse(markdown)}
    </main>
  </body>
</html>
`
}

/** Safe, and on a narrow screen broken behind a separator, never inside a word. */
function breakable(text) {
  return text
    .replace(/[&<>]/gu, character => `&#${character.charCodeAt(0)};`)
    .replace(/(?<=[\w/,.])(?<=[_/,])(?=\w)/gu, '<wbr>')
}

/** https://docs.github.com/en/get-started/writing-on-github: lower case, no punctuation, blanks as hyphens. */
function anchorOf(text) {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/gu, '-')
}
