// Runs real dev servers behind the sidecar, as docs/dev-servers.md says, and prints the table for that page. For
// each it installs a small project, opens it in Chromium, reads an API below /api, edits a file and waits for the
// edit to arrive by hot reload. It downloads a gigabyte, so it runs at a release and not with the tests.
//
//   npm run build && node scripts/check-dev-servers.mjs [NAME …]      Node.js 24, and chromium on the PATH
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { start } from '../dist/src/index.js'

const patienceMs = 180_000
const module = JSON.stringify({ private: true, type: 'module' })
const hotText = {
  'text.js': "export const text = 'before'\n",
  'main.js': `import { text } from './text.js'
const show = shown => { document.querySelector('p').textContent = shown }
show(text)
`,
}

/** Each project shows `before` in a paragraph; `edited` is the file that says so. */
const projects = [
  {
    name: 'Vite',
    packages: ['vite@8'],
    edited: 'text.js',
    command: port => ['vite', '--port', port, '--strictPort'],
    files: {
      'package.json': module,
      'index.html': '<!doctype html><p></p><script type="module" src="/main.js"></script>',
      'text.js': hotText['text.js'],
      'main.js': `${hotText['main.js']}import.meta.hot.accept('./text.js', changed => show(changed.text))\n`,
    },
  },
  {
    name: 'Next',
    packages: ['next@16', 'react@19', 'react-dom@19'],
    edited: 'app/page.jsx',
    command: port => ['next', 'dev', '--port', port],
    files: {
      'package.json': module,
      'app/layout.jsx':
        'export default ({ children }) => <html lang="en"><body>{children}</body></html>\n',
      'app/page.jsx': "'use client'\nexport default function Page() { return <p>before</p> }\n",
    },
  },
  {
    name: 'webpack-dev-server',
    packages: ['webpack@5', 'webpack-cli', 'webpack-dev-server@6'],
    edited: 'text.js',
    command: port => ['webpack', 'serve', '--port', port],
    files: {
      'package.json': module,
      'webpack.config.js':
        "export default { mode: 'development', entry: './main.js', devServer: { static: './public' } }\n",
      'public/index.html': '<!doctype html><p></p><script src="/main.js"></script>',
      'text.js': hotText['text.js'],
      'main.js': `${hotText['main.js']}import.meta.webpackHot.accept('./text.js', () => show(text))\n`,
    },
  },
  {
    name: 'Angular CLI',
    packages: [
      ...['@angular/cli@22', '@angular/build@22'],
      // They go together in one and the same version only.
      ...['core', 'common', 'compiler', 'compiler-cli', 'platform-browser'].map(
        name => `@angular/${name}@22.2.0`,
      ),
      ...['rxjs@7', 'tslib@2', 'typescript@~6.0'],
    ],
    edited: 'src/main.ts',
    command: port => ['ng', 'serve', '--port', port],
    files: {
      'package.json': module,
      'angular.json': JSON.stringify({
        version: 1,
        cli: { analytics: false },
        projects: {
          app: {
            projectType: 'application',
            root: '',
            architect: {
              build: {
                builder: '@angular/build:application',
                options: {
                  browser: 'src/main.ts',
                  index: 'src/index.html',
                  tsConfig: 'tsconfig.json',
                },
                configurations: { development: { optimization: false, sourceMap: true } },
                defaultConfiguration: 'development',
              },
              serve: {
                builder: '@angular/build:dev-server',
                options: { buildTarget: 'app:build:development' },
              },
            },
          },
        },
      }),
      'tsconfig.json': JSON.stringify({
        compilerOptions: { target: 'ES2022', module: 'preserve', moduleResolution: 'bundler' },
        files: ['src/main.ts'],
      }),
      'src/index.html': '<!doctype html><base href="/"><app-root></app-root>',
      'src/main.ts': `import { Component } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
@Component({ selector: 'app-root', template: '<p>before</p>' })
class App {}
bootstrapApplication(App)
`,
    },
  },
  {
    name: 'SvelteKit',
    packages: ['@sveltejs/kit@3', '@sveltejs/vite-plugin-svelte@7', 'svelte@5', 'vite@8'],
    edited: 'src/routes/+page.svelte',
    command: port => ['vite', 'dev', '--port', port, '--strictPort'],
    files: {
      'package.json': module,
      'vite.config.js':
        "import { sveltekit } from '@sveltejs/kit/vite'\nexport default { plugins: [sveltekit()] }\n",
      'src/app.html':
        '<!doctype html><html lang="en"><head>%sveltekit.head%</head><body><div>%sveltekit.body%</div></body></html>',
      'src/routes/+page.svelte': '<p>before</p>\n',
    },
  },
]

const npm = 'npm'

/** Runs to its end; throws with what it printed when it fails. */
async function run(folder, command, words) {
  const child = spawn(command, words, { cwd: folder, env: environment(folder) })
  let printed = ''
  child.stdout.on('data', piece => (printed += piece))
  child.stderr.on('data', piece => (printed += piece))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${code}:\n${printed}`)
}

const environment = folder => ({
  ...process.env,
  PATH: [join(folder, 'node_modules', '.bin'), dirname(process.execPath), process.env.PATH].join(
    delimiter,
  ),
  NEXT_TELEMETRY_DISABLED: '1',
  NG_CLI_ANALYTICS: 'false',
})

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return String(port)
}

/** Waits until the dev server responds; throws with what it printed when it does not. */
async function serves(port, child, printed) {
  const end = Date.now() + patienceMs
  while (Date.now() < end && child.exitCode === null) {
    const response = await fetch(`http://localhost:${port}/`).catch(() => undefined)
    if (response?.ok) return
    await new Promise(resolve => setTimeout(resolve, 500))
  }
  throw new Error(`the dev server does not respond:\n${printed()}`)
}

async function check({ name, packages, files, edited, command }, browser, api) {
  const folder = mkdtempSync(join(tmpdir(), 'cors-sidecar-dev-server-'))
  let child
  let sidecar
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    await run(folder, npm, ['install', '--no-audit', '--no-fund', '--save-exact', ...packages])
    const main = packages[0].replace(/(?<=.)@[^@]*$/, '')
    const { version } = JSON.parse(
      readFileSync(
        join(folder, 'node_modules', main === 'webpack' ? name : main, 'package.json'),
        'utf8',
      ),
    )

    const port = await freePort()
    const [program, ...words] = command(port)
    // A group of its own, because npm packages start further processes.
    child = spawn(program, words, { cwd: folder, env: environment(folder), detached: true })
    let printed = ''
    child.stdout.on('data', piece => (printed += piece))
    child.stderr.on('data', piece => (printed += piece))
    await serves(port, child, () => printed)
    sidecar = await start({
      upstream: `http://localhost:${port}`,
      routes: [{ prefix: '/api', upstream: api }],
      allowOrigins: 'none',
      listen: '127.0.0.1:0',
      adminListen: 'off',
      logLevel: 'silent',
    })

    const page = await browser.newPage()
    const shows = text =>
      page.waitForFunction(wanted => document.querySelector('p')?.textContent === wanted, text, {
        timeout: patienceMs,
      })
    const hotSocket = page.waitForEvent('websocket', { timeout: patienceMs })
    await page.goto(sidecar.url.replace('127.0.0.1', 'localhost'), { timeout: patienceMs })
    await shows('before')
    await hotSocket
    // What the server pushes before the page has its socket is lost, so the page settles first.
    await page.waitForLoadState('networkidle')
    const read = await page.evaluate(() => fetch('/api/orders').then(response => response.text()))
    await page.evaluate(() => (window.isSamePage = true))
    const file = join(folder, edited)
    writeFileSync(file, readFileSync(file, 'utf8').replace('before', 'after'))
    await shows('after')
    const isSamePage = await page.evaluate(() => window.isSamePage === true)
    await page.close()
    return [
      name,
      version,
      read === 'from the API' ? 'yes' : read,
      isSamePage ? 'in place' : 'page reloaded',
    ]
  } catch (error) {
    process.exitCode = 1
    process.stderr.write(`${name}: ${error.stack ?? error}\n`)
    return [name, '?', 'failed', 'failed']
  } finally {
    await sidecar?.close()
    if (child?.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, 'SIGKILL')
      await once(child, 'close')
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const wanted = process.argv.slice(2)
const api = createServer((_, response) => response.end('from the API')).listen(0, '127.0.0.1')
await once(api, 'listening')
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
const rows = []
for (const project of projects) {
  if (wanted.length > 0 && !wanted.includes(project.name)) continue
  const row = await check(project, browser, `http://127.0.0.1:${api.address().port}`)
  rows.push(row)
  process.stderr.write(`${row.join(' | ')}\n`)
}
await browser.close()
api.close()

const date = new Date().toLocaleDateString('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
})
process.stdout.write(`As of ${date}, on Node.js ${process.versions.node}:

| Dev server | Version | API read through \`/api\` | Edit arrives |
| --- | --- | --- | --- |
${rows.map(row => `| ${row.join(' | ')} |`).join('\n')}
`)
