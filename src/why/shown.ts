// What may be shown of an input: no secret, nothing that a terminal acts upon, and not too much.

import { maskedTarget } from '../observe/masking.js'
import { printable } from '../terms/printable.js'
import { isSecretName, MASK } from '../terms/secrets.js'

const most = 400

/** An address as it may be shown. */
export function shownUrl(url: string): string {
  return shortened(maskedTarget(printable(url)))
}

/** Any other text: addresses in it, and what stands behind the name of a secret, are masked. */
export function shown(text: string): string {
  const plain = printable(text.replace(/\s+/g, ' ').trim())
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"<>\u2018\u2019\u201c\u201d]+/gi, url =>
      maskedTarget(url),
    )
    .replace(/\b(bearer|basic|token|negotiate|ntlm|digest)\s+[\w.~+/=-]{6,}/gi, `$1 ${MASK}`)
    .replace(/\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)*/g, MASK)
    .replace(/((?:set-)?cookie2?["']?\s*[:=]\s*).*$/i, `$1${MASK}`)
    .replace(/([\w-]{2,60})(["']?\s*[:=]\s*["']?)([^\s"',;&]+)/g, maskedPair)
  return shortened(plain)
}

function maskedPair(whole: string, name: string, between: string, value: string): string {
  const isHarmless = /^access-control-/i.test(name) || value.startsWith(MASK) || value === '//'
  return isSecretName(name) && !isHarmless ? `${name}${between}${MASK}` : whole
}

const shortened = (text: string): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text
