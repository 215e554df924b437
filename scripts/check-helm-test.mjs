// Runs what the chart's test would run in a cluster: it must pass for a sidecar, and fail for a server that
// is none.  node scripts/check-helm-test.mjs RENDERED
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseAllDocuments } from 'yaml'
import { start } from '../dist/src/index.js'

const pod = parseAllDocuments(readFileSync(process.argv[2], 'utf8'))
  .map(document => document.toJS())
  .find(manifest => manifest?.metadata?.annotations?.['helm.sh/hook'] === 'test')
const [command, ...words] = pod.spec.containers[0].command

/** The exit code of the test for one address. */
const asked = url =>
  new Promise(resolve => {
    execFile(command, [...words.slice(0, -1), url], error =>
      resolve(error === null ? 0 : error.code),
    )
  })

const sidecar = await start({
  upstream: 'http://127.0.0.1:9',
  allowOrigins: ['https://app.example.com'],
  listen: '127.0.0.1:0',
  adminListen: 'off',
  logLevel: 'silent',
})
const other = createServer((_, response) => response.writeHead(204).end()).listen(0, '127.0.0.1')
await once(other, 'listening')
const codes = [
  await asked(sidecar.url),
  await asked(`http://127.0.0.1:${other.address().port}/`),
  await asked('http://127.0.0.1:9/'),
]
await sidecar.close()
other.close()
process.stdout.write(
  `helm test: a sidecar ${codes[0]}, another server ${codes[1]}, nobody ${codes[2]}\n`,
)
process.exitCode = codes.join() === '0,1,1' ? 0 : 1
