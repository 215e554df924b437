// JUnit's XML, which every CI shows: a suite a request, a case each for what a page may do and what was found.
import { printable } from '../../terms/printable.js'
import type { Symptom } from './finding.js'
import { type Diagnosis, isGrave, type Report } from './report.js'

export function reportJunit({ diagnoses }: Report): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="cors-sidecar doctor"${counts(diagnoses)}>`,
    ...diagnoses.flatMap(suite),
    '</testsuites>',
    '',
  ].join('\n')
}

function counts(diagnoses: readonly Diagnosis[]): string {
  const failures = diagnoses.flatMap(({ findings }) => findings.filter(isGrave)).length
  const tests =
    diagnoses.flatMap(({ findings }) => findings).length +
    diagnoses.length -
    diagnoses.filter(isSick).length
  return ` tests="${tests}" failures="${failures}" errors="0"`
}

const isSick = ({ findings }: Diagnosis): boolean => findings.some(isGrave)

function suite(diagnosis: Diagnosis): string[] {
  const { url, method, origin, findings } = diagnosis
  const name = attribute(`${method} ${url} from ${origin}`)
  const passed = isSick(diagnosis)
    ? []
    : [`    <testcase classname=${name} name="the page may read it"/>`]
  return [
    `  <testsuite name=${name}${counts([diagnosis])}>`,
    ...passed,
    ...findings.map(finding => testcase(name, finding)),
    '  </testsuite>',
  ]
}

function testcase(name: string, finding: Symptom): string {
  const { code, gravity, message, cure } = finding
  const opening = `    <testcase classname=${name} name=${attribute(code)}>`
  const body = isGrave(finding)
    ? `<failure type=${attribute(gravity)} message=${attribute(message)}>${escaped(`sidecar: ${cure}`)}</failure>`
    : `<system-out>${escaped(message)}</system-out>`
  return `${opening}${body}</testcase>`
}

const attribute = (text: string): string => `"${escaped(text)}"`

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escaped(text: string): string {
  return printable(text).replace(/[&<>"]/g, character => references[character] ?? '')
}
