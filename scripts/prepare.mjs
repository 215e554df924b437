// Installs and builds what is missing or out of date, and nothing else, then starts or tests.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { npmCommand } from './npm.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const inRoot = (...parts) => join(root, ...parts)

/** What the compiled program is made of. A change to any of it means a new build. */
const sources = ['src', 'test', 'inspector', 'bench', 'tsconfig.json', 'package.json']
const buildStamp = inRoot('dist', '.built-from')

/** Trouble the person can act on: its message is printed, without a stack. */
class Trouble extends Error {
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

export async function prepareAndRun(task, args) {
  try {
    await install()
    await build()
    if (task === 'test') await test(args)
    else await start(args)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    say(error.message)
    process.exitCode = error.exitCode
  }
}

async function install() {
  const missing = firstMissingPackage()
  if (missing === undefined) return
  say(`Installing the packages that package-lock.json names, because ${missing}…`)
  const { code, signal } = await npm(['ci', '--include=dev', '--loglevel=error'])
  stopOn(signal)
  if (code !== 0) {
    throw new Trouble(
      `The packages could not be installed: \`npm ci\` ended with code ${code}, for the reason it gives above.\n` +
        'Most often the npm registry cannot be reached, or package.json was changed without `npm install`.',
    )
  }
}

/** Compares the lock file with npm's own record of what it put into node_modules. */
function firstMissingPackage() {
  const record = inRoot('node_modules', '.package-lock.json')
  if (!existsSync(record)) return 'there are none yet'
  const wanted = readJson(inRoot('package-lock.json')).packages
  const installed = readJson(record).packages
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    const found = installed[path]
    if (path === '' || (found === undefined && optional)) continue
    if (found === undefined) return `${path} is missing`
    if (found.version !== version) return `${path} is ${found.version} and should be ${version}`
  }
  // npm runs the prepare script after an install; without it the first test run would fail.
  if (!existsSync(inRoot('node_modules', '@tapjs', 'test', 'test-built'))) {
    return 'the test runner has not been prepared'
  }
  return undefined
}

async function build() {
  const fingerprint = fingerprintOf(sources)
  if (existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === fingerprint) return
  say('Building…')
  rmSync(inRoot('dist'), { recursive: true, force: true })
  const { code, signal } = await npm(['run', '--silent', 'build'])
  stopOn(signal)
  if (code !== 0) {
    throw new Trouble('The build failed; the compiler says where and why above.')
  }
  writeFileSync(buildStamp, fingerprint)
}

/** Names, sizes and times of all files: changes when one is edited, added or removed. */
function fingerprintOf(names) {
  const hash = createHash('sha256').update(process.versions.node)
  const add = path => {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat?.isDirectory()) {
      for (const name of readdirSync(path).sort()) add(join(path, name))
    } else if (stat) {
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`)
    }
  }
  for (const name of names) add(inRoot(name))
  return hash.digest('hex')
}

/** Runs the program in this very process, so that signals and the exit code are its own. */
async function start(args) {
  const program = inRoot('bin', 'cors-sidecar.js')
  process.argv = [process.argv[0], program, ...(args.length === 0 ? ['demo'] : args)]
  stopWithoutParent()
  await import(pathToFileURL(program).href)
}

/**
 * npm starts this under a shell, and a shell that is told to end does so without telling its child:
 * nobody would hold the program any more, but its port would stay taken.
 */
function stopWithoutParent() {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  watch.unref()
}

/** `test/policy` and `test/reload.test.ts` name what is compiled from them. */
async function test(args) {
  say(args.length === 0 ? 'Running all tests…' : `Running ${args.join(' ')}…`)
  const { bin } = readJson(inRoot('node_modules', 'tap', 'package.json'))
  const { code, signal } = await run(process.execPath, [
    inRoot('node_modules', 'tap', bin.tap),
    'run',
    ...args.map(compiledTest),
  ])
  stopOn(signal)
  process.exitCode = code
}

function compiledTest(name) {
  return /^(?:\.\/)?test\//.test(name) && existsSync(inRoot(name))
    ? join('dist', name).replace(/\.ts$/, '.js')
    : name
}

function npm(args) {
  const { command, words, options } = npmCommand(args)
  return run(command, words, options)
}

function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    const passOn = signal => child.kill(signal)
    process.on('SIGINT', passOn)
    process.on('SIGTERM', passOn)
    const settle = () => {
      process.off('SIGINT', passOn)
      process.off('SIGTERM', passOn)
    }
    child.once('error', error => {
      settle()
      reject(new Trouble(`${command} could not be started: ${error.message}.`))
    })
    child.once('exit', (code, signal) => {
      settle()
      resolve({ code, signal })
    })
  })
}

/** A step that a signal ended ends everything, with the exit code a shell would give. */
function stopOn(signal) {
  if (signal) throw new Trouble(`Stopped by ${signal}.`, 128 + constants.signals[signal])
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

// On stderr, so that what the program prints can be piped.
function say(text) {
  process.stderr.write(`${text}\n`)
}
