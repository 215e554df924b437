// SARIF 2.1.0, for code hosts that show findings next to a change.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
import { version } from '../../terms/version.js'
import { cures, type Gravity } from './finding.js'
import type { Report } from './report.js'

const levels: Record<Gravity, string> = {
  broken: 'error',
  danger: 'error',
  risk: 'warning',
  note: 'note',
}

const codes = Object.entries(cures)

/** An answer has no lines; readers of the format want one. */
const firstLine = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 }

export function reportSarif({ diagnoses }: Report): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'cors-sidecar doctor',
            semanticVersion: version,
            // The rules that are checked.
            informationUri: 'https://fetch.spec.whatwg.org/#http-cors-protocol',
            rules: codes.map(([id, cure]) => ({
              id,
              shortDescription: { text: `${id.replaceAll('-', ' ')}.` },
              fullDescription: { text: `What the sidecar in front changes: ${cure}` },
              help: { text: `What the sidecar in front changes: ${cure}` },
            })),
          },
        },
        results: diagnoses.flatMap(({ url, method, origin, findings }) =>
          findings.map(({ code, gravity, message }) => ({
            ruleId: code,
            ruleIndex: codes.findIndex(([id]) => id === code),
            level: levels[gravity],
            message: { text: message },
            locations: [
              {
                physicalLocation: { artifactLocation: { uri: url }, region: firstLine },
                logicalLocations: [{ fullyQualifiedName: `${method} ${url} from ${origin}` }],
              },
            ],
          })),
        ),
        columnKind: 'utf16CodeUnits',
      },
    ],
  }
}
