// Expressions drawn from the parts that compete for characters, the same ones for the same seed.

/** A generator of numbers from 0 to 1 (mulberry32). */
export function drawer(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One expression for a whole origin, without its slashes. */
export function drawExpression(draw: () => number): string {
  const pick = (texts: readonly string[]): string => texts[Math.floor(draw() * texts.length)] ?? ''
  const atom = (depth: number): string => {
    const kind = draw()
    if (kind < 0.3) return pick(['a', 'b', '-', '\\.', 'x'])
    if (kind < 0.65 || depth === 0) return pick(classes)
    return `(?:${choice(depth - 1)})`
  }
  const sequence = (depth: number): string =>
    Array.from({ length: 1 + Math.floor(draw() * 4) }, () => {
      return atom(depth) + (draw() < 0.5 ? '' : pick(counts))
    }).join('')
  const choice = (depth: number): string =>
    draw() < 0.3 ? `${sequence(depth)}|${sequence(depth)}` : sequence(depth)
  return `https:\\/\\/(?:${choice(2)})${pick(['\\.shop\\.com', '', 'x', '-z\\.io'])}`
}

const classes = ['[a-z]', '[a-z0-9-]', '\\w', '[ab]', '[^.]', '.', '[a-z.]', '\\d', '[b-]', 'a']
const counts = ['*', '+', '?', '{0,9}', '{1,3}', '{2}', '{1,40}', '*?', '{0,2}', '{3,}']
