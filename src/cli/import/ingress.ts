// CORS annotations of ingress-nginx.
// https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#enable-cors

import type { Imported, Plain } from './imported.js'
import { exposed, groupOf, namesOf, withinADay, withoutForbidden } from './loose.js'
import { note } from './source-value.js'

const prefix = 'nginx.ingress.kubernetes.io/'

const defaults: { readonly [name: string]: string } = {
  'cors-allow-origin': '*',
  'cors-allow-methods': 'GET, PUT, POST, DELETE, PATCH, OPTIONS',
  'cors-allow-headers':
    'DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization',
  'cors-expose-headers': '',
  'cors-allow-credentials': 'true',
  'cors-max-age': '1728000',
}

/** Reads an Ingress, or its annotations alone; undefined where there are none of ingress-nginx. */
export function importIngress(document: unknown): Imported | undefined {
  const root = groupOf(document)
  const metadata = groupOf(root.metadata)
  const all = groupOf(metadata.annotations ?? root.annotations ?? document)
  const annotations = new Map<string, string>()
  for (const [key, value] of Object.entries(all)) {
    if (key.startsWith(`${prefix}cors-`) || key === `${prefix}enable-cors`) {
      annotations.set(key.slice(prefix.length), String(value))
    }
  }
  if (annotations.size === 0) return undefined
  const warnings: string[] = []
  const read = (name: string): string => {
    const value = annotations.get(name)
    if (value === undefined && defaults[name] !== '') {
      warnings.push(`${name} was not set, so its default there is taken over: ${defaults[name]}`)
    }
    return value ?? defaults[name] ?? ''
  }
  if (annotations.get('enable-cors') !== 'true') {
    warnings.push('enable-cors is not "true" there, so nothing of this was in force.')
  }
  for (const name of annotations.keys()) {
    if (name !== 'enable-cors' && defaults[name] === undefined) {
      warnings.push(`${name} is not known and is left out.`)
    }
  }
  const origins = namesOf(read('cors-allow-origin'))
  const wantsCredentials = read('cors-allow-credentials') === 'true'
  const isAny = origins.includes('*')
  if (isAny && wantsCredentials) {
    warnings.push(
      'It sent * together with credentials, which browsers refuse for every request with cookies. Taken over is what worked: * without credentials. List the origins if pages need cookies.',
    )
  }
  if (origins.some(origin => origin.includes('*.'))) {
    warnings.push('There *. stood for one label; here it covers deeper names too.')
  }
  warnings.push(
    'There a value that could not be read fell back to *; here it stops the start.',
    'There every OPTIONS was answered; here one that is no preflight goes to the API.',
  )
  const settings = {
    allowOrigins: isAny ? ['*'] : origins,
    allowMethods: namesOf(read('cors-allow-methods')),
    allowHeaders: withoutForbidden(namesOf(read('cors-allow-headers')), warnings),
    ...exposed(namesOf(read('cors-expose-headers'))),
    allowCredentials: wantsCredentials && !isAny,
    maxAge: withinADay(Number(read('cors-max-age')), warnings),
  } satisfies Record<string, Plain>
  const name = [metadata.namespace, metadata.name].filter(Boolean).join('/')
  return {
    title: `Ingress ${name}`.trim(),
    settings,
    warnings: warnings.map(text => note(undefined, text)),
  }
}
