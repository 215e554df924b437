// What some tests need beyond Node: a browser, nginx, Docker. Such a test is skipped with the
// reason where the thing is missing, and fails where everything has been promised (CI).
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

const suppliers = {
  chromium: { commands: ['chromium', 'chromium-browser', 'google-chrome'], package: 'chromium' },
  firefox: { commands: ['firefox-esr', 'firefox'], package: 'firefox-esr' },
  nginx: { commands: ['nginx'], package: 'nginx-light' },
  apache: { commands: ['apache2'], package: 'apache2' },
  haproxy: { commands: ['haproxy'], package: 'haproxy' },
  caddy: { commands: ['caddy'], package: 'caddy' },
  gunicorn: {
    commands: ['python3', '/usr/bin/python3'],
    package: 'python3-gunicorn',
    pythonModule: 'gunicorn',
  },
  flask: {
    commands: ['python3', '/usr/bin/python3'],
    package: 'python3-flask',
    pythonModule: 'flask',
  },
  httpbin: {
    commands: ['python3', '/usr/bin/python3'],
    package: 'python3-httpbin',
    pythonModule: 'httpbin',
  },
  django: {
    commands: ['python3', '/usr/bin/python3'],
    package: 'python3-django',
    pythonModule: 'django',
  },
  'flask-cors': {
    commands: ['/usr/bin/python3'],
    package: 'python3-flask-cors',
    pythonModule: 'flask_cors',
  },
  'django-cors': {
    commands: ['/usr/bin/python3'],
    package: 'python3-django-cors-headers',
    pythonModule: 'corsheaders',
  },
  fastapi: {
    commands: ['/usr/bin/python3'],
    package: 'python3-fastapi',
    pythonModule: 'fastapi',
  },
  uvicorn: {
    commands: ['/usr/bin/python3'],
    package: 'python3-uvicorn',
    pythonModule: 'uvicorn',
  },
  jupyter: { commands: ['jupyter-server'], package: 'jupyter-server' },
  tomcat: {
    commands: ['/usr/share/tomcat10/bin/catalina.sh'],
    package: 'tomcat10',
  },
  curl: { commands: ['curl'], package: 'curl' },
  openssl: { commands: ['openssl'], package: 'openssl' },
  python: { commands: ['python3'], package: 'python3' },
  sarif: { commands: ['Sarif.Multitool'], npmPackage: '@microsoft/sarif-multitool-linux' },
  /** In neither registry: where a machine has it, it is used. */
  powershell: { commands: ['pwsh'] },
  zsh: { commands: ['zsh'], package: 'zsh' },
  script: { commands: ['script'], package: 'bsdutils' },
  wrk: { commands: ['wrk'], package: 'wrk' },
} satisfies Record<string, Supplier>

interface Supplier {
  readonly commands: string[]
  /** Of Debian. */
  readonly package?: string
  readonly npmPackage?: string
  readonly pythonModule?: string
}

export type Needed = keyof typeof suppliers

/** Where the needed program is, and the `skip` of a test that cannot run without it. */
export interface Need {
  /** The command to start; empty when the test is skipped. */
  readonly path: string
  readonly skip: string | false
}

/**
 * Finds what a test needs: `t.test('…', { skip: chromium.skip }, …)`.
 * `TEST_WITHOUT=chromium,firefox` leaves those out on purpose; with `CI_REQUIRE_ALL=1` anything
 * else that is missing is an error, so that a test cannot go missing unseen.
 */
export function need(name: Needed, env: NodeJS.ProcessEnv = process.env): Need {
  if (env.TEST_WITHOUT?.split(',').includes(name)) {
    return { path: '', skip: `${name} is left out of this run (TEST_WITHOUT)` }
  }
  const supplier: Supplier = suppliers[name]
  const path = supplier.commands
    .flatMap(command => candidates(command, env))
    .find(found => isExecutable(found) && canImport(found, supplier.pythonModule))
  if (path) return { path, skip: false }
  const way =
    supplier.npmPackage === undefined
      ? `on Debian: apt-get install ${supplier.package}`
      : `npm install ${supplier.npmPackage}, in PATH`
  if (supplier.package === undefined && supplier.npmPackage === undefined) {
    return { path: '', skip: `${name} is not installed` }
  }
  const reason = `${name} is not installed (${way})`
  if (env.CI_REQUIRE_ALL === '1') {
    throw new Error(`${reason}, and CI_REQUIRE_ALL=1 lets no test be skipped for that`)
  }
  return { path: '', skip: reason }
}

function candidates(command: string, env: NodeJS.ProcessEnv): string[] {
  if (isAbsolute(command)) return [command]
  // nginx is installed where only root's PATH looks.
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map(folder => join(folder, command))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

// A machine may have several Pythons, and Debian's packages serve only its own.
function canImport(python: string, module: string | undefined): boolean {
  if (module === undefined) return true
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
