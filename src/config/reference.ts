// The option table as documents: config.example.env, docs/reference.md and the JSON Schema.
import { flagName, variableName } from '../terms/option-names.js'
import type { Group, Option } from './option.js'
import { type OptionName, optionNames, optionRow } from './options.js'

/** The groups of options, in the order in which they are shown. */
export const groupTitles: { readonly [Name in Group]: string } = {
  policy: 'Policy',
  forwarding: 'Forwarding',
  listening: 'Listening and operations',
}

const optionsOf = (group: string): OptionName[] =>
  optionNames.filter(name => optionRow(name).group === group)

/** What an option comes to when nobody sets it, in words where the place decides. */
export function defaultWords({ default: by, defaultText }: Option<unknown>): string {
  if (defaultText !== undefined) return defaultText
  const words = [by.otherwise ?? 'none']
  if (by.onTerminal !== undefined) words.push(`on a terminal ${by.onTerminal}`)
  if (by.inImage !== undefined) words.push(`in the image ${by.inImage}`)
  return words.join('; ')
}

/** `config.example.env`: every variable with its default, all commented out. */
export function exampleEnv(): string {
  const blocks = [
    wrap(
      'Every variable of cors-sidecar, with its default, or an example where there is none. Copy ' +
        'what you need into .env or your deployment. More is in docs/reference.md.',
      '# ',
    ),
  ]
  for (const [group, title] of Object.entries(groupTitles)) {
    blocks.push(`# ---- ${title} ----`)
    for (const name of optionsOf(group)) {
      const row = optionRow(name)
      if (!row.variable) continue
      const value = row.default.otherwise || row.example || ''
      const says =
        row.defaultText === undefined && value !== '' ? '' : ` Default: ${defaultWords(row)}.`
      blocks.push(`${wrap(`${row.describe}${says}`, '# ')}\n# ${variableName(name)}=${value}`)
    }
  }
  return `${blocks.join('\n\n')}\n`
}

/** `docs/reference.md`. */
export function referenceMarkdown(): string {
  const parts = [
    '# Reference of options',
    [
      'Generated from the option table by `npm run generate`; do not edit.',
      '',
      'An option has three spellings: `maxAge` in a configuration file, `--max-age` on the command',
      'line, `CORS_SIDECAR_MAX_AGE` in the environment. A flag beats the environment, the environment',
      'beats the `.env` file, that beats the file named by `--config`, and that beats the default.',
      'Lists are separated by commas, `|` or white space; each has a singular that takes one item and',
      'may be repeated as a flag. Times are written `250ms`, `10s`, `5m`, `1h`, or as whole seconds;',
      'sizes `64k`, `10m`, or as bytes; switches true, 1, yes, on, or false, 0, no, off.',
      '',
      '○ may be overridden by a policy of `paths`. ⟳ is applied by a reload; all others need a restart.',
      '🔒 is masked wherever it is shown and may be read from a file that `…_FILE` names.',
    ].join('\n'),
  ]
  for (const [group, title] of Object.entries(groupTitles)) {
    parts.push(`## ${title}`)
    for (const name of optionsOf(group)) parts.push(optionMarkdown(name))
  }
  return `${parts.join('\n\n')}\n`
}

function optionMarkdown(name: OptionName): string {
  const row = optionRow(name)
  const marks = [
    row.pathOverride ? ' ○' : '',
    row.reload === 'live' ? ' ⟳' : '',
    row.secret ? ' 🔒' : '',
  ]
  const short = row.short === undefined ? '' : `\`-${row.short}\`, `
  const singular = row.singular === undefined ? '' : `, singular \`--${flagName(row.singular)}\``
  const metavar = row.type.kind === 'boolean' ? '' : ` ${row.type.metavar}`
  const lines = [
    row.flag ? `- Flag: ${short}\`--${flagName(name)}${metavar}\`${singular}` : '- Flag: none',
    row.variable ? `- Variable: \`${variableName(name)}\`` : '- Variable: none',
    ...(row.inConfigFile ? [] : ['- Not in a configuration file']),
    `- Value: ${row.type.form.replaceAll('*', '\\*')}`,
    `- Default: ${defaultWords(row).replaceAll('*', '\\*')}`,
  ]
  return `### ${name}${marks.join('')}\n\n${row.describe.replaceAll('*', '\\*')}\n\n${lines.join('\n')}`
}

/** JSON Schema of a configuration file, for editors. */
export function configSchema(): string {
  const properties: Record<string, object> = {
    $schema: { type: 'string', description: 'Where this schema is, for editors.' },
  }
  for (const name of optionNames) {
    const row = optionRow(name)
    if (!row.inConfigFile) continue
    const schema = {
      description: `${row.describe} Default: ${defaultWords(row)}.`,
      ...row.type.schema,
    }
    properties[name] = schema
    if (row.singular !== undefined) properties[row.singular] = schema
  }
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of cors-sidecar',
    type: 'object',
    additionalProperties: false,
    properties,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function wrap(text: string, prefix: string): string {
  const lines: string[] = []
  let line = prefix.trimEnd()
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > 90) {
      lines.push(line)
      line = prefix.trimEnd()
    }
    line += ` ${word}`
  }
  return [...lines, line].join('\n')
}
