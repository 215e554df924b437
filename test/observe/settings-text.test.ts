import t from 'tap'
import { parse } from 'yaml'
import { settingsText } from '../../src/observe/settings-text.js'
import { flagName, variableName } from '../../src/terms/option-names.js'

t.test('settings are written as flags, as variables and as configuration', async t => {
  t.strictSame(
    settingsText({
      allowOrigins: ['https://a.example', 'http://localhost:*'],
      allowCredentials: true,
      maxAge: '10m',
    }),
    {
      flag: "--allow-origins='https://a.example,http://localhost:*' --allow-credentials=true --max-age=10m",
      variable:
        'CORS_SIDECAR_ALLOW_ORIGINS=https://a.example,http://localhost:*\nCORS_SIDECAR_ALLOW_CREDENTIALS=true\nCORS_SIDECAR_MAX_AGE=10m',
      config:
        'allowOrigins:\n  - https://a.example\n  - "http://localhost:*"\nallowCredentials: true\nmaxAge: "10m"',
    },
  )
})

t.test('their names are those of the option table', async t => {
  for (const option of ['allowOrigins', 'allowPrivateNetwork', 'maxAge']) {
    const { flag, variable } = settingsText({ [option]: 'x' })
    t.equal(flag, `--${flagName(option)}=x`)
    t.equal(variable, `${variableName(option)}=x`)
  }
})

t.test('the configuration reads back as the value that was meant:', async t => {
  for (const value of [
    '*',
    'null',
    'yes',
    '12',
    '/^https:.*$/',
    "it's",
    'a: b',
    '#x',
    'https://x:*',
  ]) {
    t.strictSame(parse(settingsText({ allowOrigins: [value] }).config), { allowOrigins: [value] })
  }
  t.strictSame(parse(settingsText({ exposeHeaders: [] }).config), { exposeHeaders: [] })
})

t.test('what a variable or a flag cannot say is left to the file', async t => {
  t.strictSame(settingsText({ allowMethods: ['GET'] }, '/api/'), {
    config: 'paths:\n  - match: /api/\n    allowMethods:\n      - GET',
  })
  const { flag, variable } = settingsText({ allowOrigins: ['/a{1,2}/'] })
  t.equal(
    flag,
    "--allow-origin='/a{1,2}/'",
    'a comma is no end of an item that has a flag of its own',
  )
  t.equal(variable, undefined)
})

t.test('what no quoting says alike in all shells has neither, too', async t => {
  t.strictSame(settingsText({ maxAge: "x'; rm" }), { config: 'maxAge: "x\'; rm"' })
  t.equal(settingsText({ maxAge: 'x$(y)' }).flag, "--max-age='x$(y)'")
})
