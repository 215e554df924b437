// Certificates and keys: named by their path, and read once, together with the settings.
import { error } from '../terms/finding.js'
import { invalid, path, type ValueType, valid } from './value-types.js'

export interface PemFile {
  readonly path: string
  /** Empty where the settings were read without the files that they name. */
  readonly text: string
}

/** A file in PEM form that holds at least one of these. */
export function pemFile(what: 'certificate' | 'private key'): ValueType<PemFile> {
  const marker = `${what.toUpperCase()}-----`
  return {
    ...path,
    parse(raw, form) {
      const named = path.parse(raw, form)
      if (!named.ok) return named
      const item = named.value
      const file = form.read?.(item)
      if (file === undefined) return valid({ path: item, text: '' })
      if ('failure' in file) {
        return invalid(error('unreadable-file', `cannot be read: ${file.failure}`, { item }))
      }
      return file.text.includes(marker)
        ? valid({ path: item, text: file.text })
        : invalid(error('unreadable-file', `holds no ${what} in PEM form`, { item }))
    },
    write: file => file.path,
  }
}
