// Origins that an entry of an allow-list lets in, and their neighbours that it should not.
import { exactOrigin, type OriginEntry } from '../../policy/origin-matcher.js'

/** The smallest first. */
export function sampleOrigins({ pattern }: OriginEntry): readonly string[] {
  const exact = exactOrigin(pattern)
  if (exact !== undefined) return [exact]
  switch (pattern.kind) {
    case 'loopback':
      return [
        'http://localhost',
        'http://localhost:3000',
        'https://localhost',
        'http://127.0.0.1:3000',
      ]
    case 'regex':
      return sampled(pattern.source)
    case 'host': {
      const { host, scheme } = pattern
      const ends =
        pattern.port === '*' ? ['', ':8443'] : [pattern.port === 0 ? '' : `:${pattern.port}`]
      const hosts =
        host.kind === 'exact'
          ? [host.host]
          : host.kind === 'below'
            ? [`a.${host.base}`, `b.a.${host.base}`, host.base]
            : host.kind === 'label'
              ? [`${host.prefix}a${host.suffix}.${host.parent}`]
              : []
      return hosts.flatMap(name => ends.map(end => `${scheme}://${name}${end}`))
    }
    default:
      return []
  }
}

const mostSamples = 32

/** Texts that an expression means, told by its letters: each choice, one letter for a class, none for what may be missing. */
function sampled(source: string): readonly string[] {
  let found = [source.replaceAll(/\(\?[:=!]/gu, '(').replaceAll(/^\^|\$$/gu, '')]
  for (let depth = 0; depth < 8; depth++) {
    found = found.flatMap(choices).slice(0, mostSamples)
  }
  return found
    .flatMap(text => [text.replaceAll(/(?:\[[^\]]*\]|\\?\.|\\?.)[?*]\??/gu, ''), text])
    .map(plain)
    .filter((text, at, all) => all.indexOf(text) === at)
}

function choices(text: string): string[] {
  const inner = /\(([^()]*)\)([?*+]?)/u.exec(text)
  if (inner === null) return [text]
  const [whole, alternatives = '', often] = inner
  const options = alternatives.split('|')
  const all = often === '?' || often === '*' ? ['', ...options] : options
  return all.map(option => text.replace(whole, () => option))
}

const plain = (text: string): string =>
  text
    .replaceAll(/\[(?!\^)(\\?.)[^\]]*\]/gu, (_, first: string) => (first === '\\d' ? '1' : first))
    .replaceAll(/\[[^\]]*\]|(?<!\\)\.|\\w/gu, 'a')
    .replaceAll('\\d', '1')
    .replaceAll(/(?<!\\)[?*+]|\{[\d,]*\}/gu, '')
    .replaceAll('\\', '')
