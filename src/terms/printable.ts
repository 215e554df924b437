// A terminal obeys control characters, and format characters reorder or hide what stands around them.

/** Controls (C0, C1), formats (bidirectional ones too), lone surrogates, private and unassigned ones. */
const unprintable = /[\p{C}\u2028\u2029]/gu
const unprintableOrColour = /[\p{C}\u2028\u2029](\[\d{1,2}m)?/gu
const ESCAPE = '\u001b'

/** The text with everything that a terminal would act upon spelt out, as JSON and YAML spell it. */
export function printable(text: string): string {
  return text.replace(unprintable, spelt)
}

/** Whether {@link printable} would leave the text as it is. */
export function isPrintable(text: string): boolean {
  return text.search(unprintable) < 0
}

/** Whole output: its own line breaks and tabs stay, and its own colours where it has some. */
export function printableOutput(text: string, isColoured: boolean): string {
  return text.replace(unprintableOrColour, (whole, colour = '') => {
    const character = whole.slice(0, whole.length - colour.length)
    if (character === '\n' || character === '\t') return whole
    return isColoured && character === ESCAPE && colour !== '' ? whole : spelt(character) + colour
  })
}

function spelt(character: string): string {
  let text = ''
  for (let at = 0; at < character.length; at++) {
    text += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  }
  return text
}
