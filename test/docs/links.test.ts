// Every link in the documents leads somewhere, and every block of code is what it says it is.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { type Loader, transformSync } from 'esbuild'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { type Document, documents, root } from './documents.js'
import { anchorsOf, type Fence, readMarkdown } from './markdown.js'

const anchors = new Map(documents.map(({ name, sections }) => [name, new Set(anchorsOf(sections))]))

/** The targets of links and pictures, in Markdown and in HTML, outside code. */
function linksOf({ sections }: Pick<Document, 'sections'>): string[] {
  return sections.flatMap(({ title, prose, tables }) => {
    const text = [title, ...prose, ...tables.flatMap(({ rows }) => rows.flat())].join('\n')
    const bare = text.replace(/(`+)(?:(?!\1)[\s\S])*\1/gu, '')
    return [
      ...[...bare.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/gu)].map(([, to = '']) => to),
      ...[...bare.matchAll(/\b(?:href|src)="([^"]+)"/gu)].map(([, to = '']) => to),
      ...[...bare.matchAll(/\bsrcset="([^"]+)"/gu)].map(([, to = '']) => to.split(' ')[0] ?? ''),
      ...[...bare.matchAll(/<(https?:[^>\s]+)>/gu)].map(([, to = '']) => to),
    ]
  })
}

/** What is wrong with a link, in words; undefined when it leads somewhere. */
function complaint(name: string, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/iu.test(link)) {
    if (!URL.canParse(link)) return `${name}: ${link} is no URL`
    return link.startsWith('https://') ? undefined : `${name}: ${link} is not https`
  }
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? name : posix.join(posix.dirname(name), path)
  if (target.startsWith('..')) return `${name}: ${link} leads out of the repository`
  if (!existsSync(join(root, target))) return `${name}: ${link} is not there`
  const known = anchors.get(target)
  if (anchor === undefined || known === undefined) return undefined
  return known.has(anchor) ? undefined : `${name}: ${link} has no such heading`
}

const loaders: Readonly<Record<string, Loader>> = {
  js: 'js',
  javascript: 'js',
  mjs: 'js',
  ts: 'ts',
  typescript: 'ts',
  tsx: 'tsx',
  jsx: 'jsx',
}

/** Throws when the text is not of its language. */
function parse({ language, text }: Fence): void {
  const loader = loaders[language]
  if (loader !== undefined) transformSync(text, { loader, logLevel: 'silent' })
  else if (language === 'json') JSON.parse(text)
  else if (language === 'yaml' || language === 'yml') {
    for (const { errors } of parseAllDocuments(text)) if (errors[0]) throw errors[0]
  } else if (language === 'sh' || language === 'bash' || language === 'shell') {
    execFileSync('bash', ['-n'], { input: text, stdio: ['pipe', 'ignore', 'pipe'] })
  }
}

t.test('every link leads to a file, a heading or an https address', async t => {
  t.ok(documents.length >= 10, `${documents.length} documents are found`)
  for (const document of documents) {
    const complaints = linksOf(document).flatMap(link => complaint(document.name, link) ?? [])
    t.strictSame(complaints, [], document.name)
  }
})

t.test('every block of code parses', async t => {
  for (const { name, sections } of documents) {
    for (const fence of sections.flatMap(({ fences }) => fences)) {
      const { language, line } = fence
      t.doesNotThrow(() => parse(fence), `${name}:${line} ${language}`)
    }
  }
})

t.test('every file that a document names is there', async t => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map(name => name.split(sep).join('/'))
    .filter(name => !/^(?:node_modules|dist|\.git|\.tap)\//u.test(name))
  for (const { name, text } of documents) {
    const named = [...text.matchAll(/`((?:src|test|scripts|bin|deploy|inspector)\/[\w.*/-]+)`/gu)]
    const missing = named
      .map(([, path = '']) => path.replace(/\/$/u, ''))
      .filter(path => {
        const pattern = path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')
        return !files.some(file => new RegExp(`^${pattern}$`, 'u').test(file))
      })
    t.strictSame(missing, [], name)
  }
})

t.test('a request passes at most fifteen stops, and each is a source file', async t => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  const files = new Set(sources.map(name => name.split(sep).join('/')))
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const walk = text.slice(text.indexOf('\n## A request'), text.indexOf('\n## Where state lives'))
  const stops = [...walk.matchAll(/^\| (\d+) \|/gmu)].map(([, number]) => Number(number))
  t.ok(stops.length > 5 && stops.length <= 15, `${stops.length} stops`)
  const named = [...walk.matchAll(/`([\w/-]+\.ts)`/gu)].map(([, name]) => name ?? '')
  t.ok(named.length >= 20, `${named.length} files are named`)
  t.strictSame(
    named.filter(name => !files.has(name) && !files.has(`proxy/${name}`)),
    [],
  )
  t.equal(new Set(named).size, named.length, 'no stop is passed twice')
})

t.test('every page below docs/ is in the index of its folder, once', async t => {
  for (const index of documents.filter(({ name }) => /^docs\/(?:.*\/)?README\.md$/u.test(name))) {
    const folder = posix.dirname(index.name)
    const pages = documents
      .map(({ name }) => name)
      .filter(name => posix.dirname(name) === folder && name !== index.name)
    const listed = linksOf(index)
      .map(link => posix.join(folder, link))
      .filter(target => target.endsWith('.md') && posix.dirname(target) === folder)
    t.strictSame(listed.sort(), pages.sort(), index.name)
  }
})

t.test('links are read in every form, and wrong ones complained about', async t => {
  const text = [
    '# A [b](c.md) heading',
    'See [one](x.md#y) and ![two](z.png "title"), <https://example.com/>, not `[code](n.md)`.',
    '<picture><source srcset="dark.png 2x"><img src="light.png"></picture>',
    '| a |',
    '| --- |',
    '| [cell](cell.md) |',
    '```md',
    '[fenced](fenced.md)',
    '```',
  ].join('\n')
  t.strictSame(linksOf({ sections: readMarkdown(text) }).sort(), [
    'c.md',
    'cell.md',
    'dark.png',
    'https://example.com/',
    'light.png',
    'x.md#y',
    'z.png',
  ])
  for (const [link, words] of [
    ['docs/none.md', /not there/],
    ['README.md#no-such-heading', /no such heading/],
    ['../outside.md', /out of the repository/],
    ['http://example.com/', /not https/],
    ['https://exa mple.com:port/', /no URL/],
  ] as const) {
    t.match(complaint('README.md', link), words, link)
  }
  t.equal(complaint('docs/scaling.md', '../README.md#origins'), undefined)
})

t.test('headings get the anchors that GitHub gives them', async t => {
  const text = '# A `b` c\n## What’s up?\n## What’s up?\n### 502, 503, 504\n## `*` with_it - x'
  t.strictSame(anchorsOf(readMarkdown(text)), [
    'a-b-c',
    'whats-up',
    'whats-up-1',
    '502-503-504',
    '-with_it---x',
  ])
})
