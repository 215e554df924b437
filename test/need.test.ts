import { chmodSync } from 'node:fs'
import t from 'tap'
import { need } from './support/need.js'

t.test('what a test needs is', async t => {
  const emptyPath = { PATH: '' }

  t.test('given by its path when it is installed', async t => {
    const folder = t.testdir({ chromium: '' })
    chmodSync(`${folder}/chromium`, 0o755)
    t.strictSame(need('chromium', { PATH: folder }), { path: `${folder}/chromium`, skip: false })
  })

  t.test('skipped with the way to get it when it is missing', async t => {
    const { path, skip } = need('wrk', emptyPath)
    t.equal(path, '')
    t.match(skip, /wrk is not installed .*apt-get install wrk/)
  })

  t.test('an error when it is missing where nothing may be skipped', async t => {
    t.throws(() => need('wrk', { ...emptyPath, CI_REQUIRE_ALL: '1' }), /wrk is not installed/)
  })

  t.test('skipped without an error when it is left out on purpose', async t => {
    const { skip } = need('chromium', { CI_REQUIRE_ALL: '1', TEST_WITHOUT: 'firefox,chromium' })
    t.match(skip, /left out of this run/)
  })
})
