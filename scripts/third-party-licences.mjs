// The licences of everything that is shipped: the production packages of the lock file, and what the
// inspector page has bundled in. Read from node_modules; the same on every platform.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const bundled = ['node_modules/preact', 'node_modules/uplot']
const licenceFile = /^(?:licen[cs]e|notice|copying)/i
const line = '-'.repeat(80)

/** The text of THIRD-PARTY-LICENSES. Throws for a package that ships no licence text. */
export function thirdPartyLicences(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const shipped = Object.keys(packages).filter(
    path => path !== '' && (!packages[path].dev || bundled.includes(path)),
  )
  const namesByText = new Map()
  for (const path of shipped) {
    const text = licenceText(join(root, path))
    if (text === '') throw new Error(`${path} holds no licence text`)
    const { version, license } = packages[path]
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    namesByText.set(text, [...(namesByText.get(text) ?? []), `${name} ${version} (${license})`])
  }
  const parts = [...namesByText]
    .map(([text, names]) => `${names.sort().join('\n')}\n\n${text}\n`)
    .sort()
  return [
    'cors-sidecar runs on these packages. Each group of names is followed by the licence they come under.\n',
    ...parts,
  ].join(`\n${line}\n\n`)
}

function licenceText(folder) {
  return readdirSync(folder)
    .filter(name => licenceFile.test(name))
    .sort()
    .map(name => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n')
}
