// A refusal leads to where the guide speaks of it, and the guide needs no network.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { guideSections } from '../../inspector/model/guide-sections.js'
import { reasons } from '../../src/policy/reasons.js'
import { documentNamed, root } from '../docs/documents.js'
import { anchorsOf } from '../docs/markdown.js'

const page = readFileSync(join(root, 'dist/inspector/guide.html'), 'utf8')

t.test('every refusal has a section of the guide', async t => {
  for (const [reason, verdict] of Object.entries(reasons)) {
    if (verdict === 'refused') t.ok(guideSections.has(reason), reason)
  }
  const { sections } = documentNamed('docs/troubleshooting.md')
  const anchors = anchorsOf(sections)
  for (const [reason, section] of guideSections) {
    t.ok(anchors.includes(section), `${reason} leads to a heading`)
    t.match(page, `id="${section}"`, `${reason} leads to a place in the page`)
  }
})

t.test('the page loads nothing from elsewhere and runs nothing', async t => {
  t.notMatch(page, /<script|<style|\bstyle=|\bon[a-z]+=/)
  t.notMatch(page, /(?:src|href)="(?!#|https:|data:,|\/inspect)/)
})

t.test('links inside it lead somewhere', async t => {
  for (const [, anchor] of page.matchAll(/href="#([^"]+)"/g)) t.match(page, `id="${anchor}"`)
})
