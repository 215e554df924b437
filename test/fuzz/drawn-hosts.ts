// Hosts as they are spelt: by those that mean one on a list, and by those that would be taken for one.

import { isIP, isIPv6 } from 'node:net'
import { below, bend, pick, type Random } from './fuzzer.js'

export const page = 'https://shop.example.com'
export const listed = ['api.example.com', '*.apps.example.com', '[::1]', '10.1.2.3', 'my_api']

/** What names are made of that come close to those that are served. */
const labels = [
  'localhost',
  'api',
  'apps',
  'example',
  'com',
  'shop',
  'evil',
  'test',
  'my_api',
  'a',
  '',
]
const addresses = [
  ...['127.0.0.1', '10.1.2.3', '127.1', '0x7f.1', '2130706433', '127.0.0.01', '127.0.0.256', '0'],
  ...[
    '[::1]',
    '[::2]',
    '[::ffff:127.0.0.1]',
    '[fe80::1%25lo]',
    '[1]',
    '[::1',
    '::1',
    '[]',
    '[::1]a',
  ],
  ...['[:::::]', '[.......]', '[12345::]', '[evil.test]'],
]
const around = [
  ...[
    '@',
    '/',
    '\\',
    '#',
    '?',
    '%2e',
    '%00',
    '\0',
    ' ',
    '\t',
    ',',
    ';',
    ':',
    '::',
    '..',
    '*',
    '*.',
  ],
  ...['\xad', '\xe3\x80\x82', '%E3%80%82', 'xn--', '.evil.test', 'evil.test.', 'evil.test@'],
]
const ports = [
  '',
  ':80',
  ':8010',
  ':',
  ':0',
  ':65535',
  ':65536',
  ':080',
  ':8a',
  ':-1',
  ':80:80',
  ':localhost',
]

/** A name on a list, as somebody may spell it that means it. */
export function drawHonest(random: Random, list: readonly string[]): string {
  const label = () => pick(random, ['a', 'x-1', 'b_c', 'xn--bcher-kva'])
  let name = pick(random, list)
  if (name.startsWith('*.')) {
    name = name.slice(2)
    for (let n = 1 + below(random, 3); n > 0; n--) name = `${label()}.${name}`
  }
  if (random() < 0.3) name = name.toUpperCase()
  if (random() < 0.2 && isIP(name) === 0 && !name.startsWith('[')) name += '.'
  return name + pick(random, ['', ':8010', ':1', ':65535', ':'])
}

export function drawAny(random: Random, list: readonly string[]): string {
  let text = pick(random, [
    () => drawHonest(random, list),
    () => pick(random, addresses),
    () => Array.from({ length: 1 + below(random, 5) }, () => pick(random, labels)).join('.'),
  ])()
  if (random() < 0.4) {
    const at = below(random, text.length + 1)
    text = text.slice(0, at) + pick(random, around) + text.slice(at)
  }
  text += pick(random, ports)
  if (random() < 0.2) text = bend(random, text)
  // A line break makes other fields, and blanks around a value are none of it.
  return text.replace(/[\r\n]/g, '').replace(/^[ \t]+|[ \t]+$/g, '')
}

/** Whether a browser that is given this host and port asks a host on the list; written apart from `src`. */
export function isOnList(host: string, list: readonly string[], takesAddresses: boolean): boolean {
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d*)?$/i.test(host)) return false
  const port = /:(\d+)$/.exec(host)?.[1] ?? '0'
  if (Number(port) > 65_535 || port.length > 5) return false
  // What no browser can ask, such as a name with half a label of Unicode, is read as it is written.
  const written = host.toLowerCase().replace(/:\d*$/, '')
  const read = URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : written
  if (takesAddresses && (isIP(read) === 4 || isIPv6(read.replace(/^\[|\]$/g, '')))) return true
  const own = read.replace(/\.$/, '').split('.')
  return list.some(entry => {
    const wanted = entry.split('.')
    if (wanted[0] !== '*') return wanted.join('.') === own.join('.')
    const rest = wanted.slice(1)
    return own.length > rest.length && own.slice(-rest.length).join('.') === rest.join('.')
  })
}
