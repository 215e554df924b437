// A token, what every method and header name must be: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2

/** The characters of a token, as the inside of a class in a regular expression. */
export const tokenClass = "!#$%&'*+.^_`|~0-9A-Za-z-"

/** 1 for each code that a token may hold. */
export const tokenCodes = new Uint8Array(256)
const isTokenCharacter = new RegExp(`[${tokenClass}]`)
for (let code = 0; code < 128; code++) {
  if (isTokenCharacter.test(String.fromCharCode(code))) tokenCodes[code] = 1
}

export const isTokenCode = (code: number): boolean => code < 256 && tokenCodes[code] === 1

export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isTokenCode(text.charCodeAt(i))) return false
  }
  return text.length > 0
}
