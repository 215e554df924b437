// An expression that somebody wrote without the slashes around it.

/** Whether a text holds what no origin does and expressions are made of. */
export const looksLikeExpression = (text: string): boolean =>
  /\\[./dswDSW-]|[\^$(){}]|\.\+|s\?:|\[\^?[a-z0-9]+-[a-z0-9]/iu.test(text)

/** The same between slashes; those inside keep a backslash each, so that a list knows where it ends. */
export const betweenSlashes = (source: string): string =>
  `/${source.replaceAll(/\\.|\//gsu, part => (part === '/' ? '\\/' : part))}/`

/** A name that a shell, Compose or a template was to put a value in for. */
export const isPlaceholder = (text: string): boolean =>
  /\$\{?[a-z_]|\{\{.*\}\}|%\w+%|<\w[\w -]*>/iu.test(text)

/** Where an expression that begins at `at` ends: at a comma or blank outside its brackets. */
export function endOfExpression(text: string, at: number): number {
  let depth = 0
  for (let end = at; end < text.length; end++) {
    const character = text.charAt(end)
    if (character === '\\') end++
    else if ('([{'.includes(character)) depth++
    else if (')]}'.includes(character)) depth--
    else if (depth <= 0 && /[\s,]/u.test(character)) return end
  }
  return text.length
}
