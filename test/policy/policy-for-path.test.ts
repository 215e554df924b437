import t from 'tap'
import { decide } from '../../src/policy/decide.js'
import { policiesForTarget } from '../../src/policy/policy-for-path.js'
import { actual, evil, policy, preflight, shop, upgrade } from './shop.js'

const admin = 'https://admin.example.com'
const policies = policy({
  paths: [
    { match: '/public/', allowOrigins: ['*'] },
    { match: '/admin/', allowOrigins: [admin] },
    { match: '/public/drafts/', allowOrigins: [admin] },
    { match: '/a+b/', allowOrigins: [admin] },
    { match: '/caf%C3%A9/', allowOrigins: [admin] },
  ],
})

function chosen(target: string): string[] {
  return policiesForTarget(policies, target).map(({ match }) => match)
}

t.test('the longest prefix of the path decides', async t => {
  for (const [target, match] of [
    ['/public/logo', '/public/'],
    ['/public/', '/public/'],
    ['/public/drafts/1', '/public/drafts/'],
    ['/admin/users?x=/public/', '/admin/'],
    ['/x?y=/public/', ''],
    ['/x#/public/', ''],
    ['/public/x?next=%2f..%2fadmin', '/public/'],
    ['/public/x#%2f', '/public/'],
    ['/public', '/public/'],
    ['/public?x', '/public/'],
    ['/publi', ''],
    ['/publicity', ''],
    ['/PUBLIC/logo', ''],
    ['/Admin/users', ''],
    ['/', ''],
    ['*', ''],
    ['', ''],
    ['/a+b/x', '/a+b/'],
    ['/a b/x', ''],
    ['/public/file.txt', '/public/'],
    ['/public/..hidden', '/public/'],
    ['/public/a;v=1', '/public/'],
  ] as const) {
    t.strictSame(chosen(target), [match], target)
  }
})

t.test('a path that every server reads below one prefix has its policy alone', async t => {
  for (const [target, match] of [
    ['/public/a%2fb', '/public/'],
    ['/public/a%20b', '/public/'],
    ['/public/%zz', '/public/'],
    ['/public/%', '/public/'],
    ['/public/a%00b', '/public/'],
    ['/public/caf\u00e9', '/public/'],
    ['/public/\u007f', '/public/'],
    ['/public/x/..', '/public/'],
    ['/public/a//b', '/public/'],
    ['/admin/.', '/admin/'],
    ['/caf%c3%a9/menu', '/caf%C3%A9/'],
    ['/x/%2525252e%2525252e/admin/x', ''],
    ['/projects/a%2fb', ''],
  ] as const) {
    t.strictSame(chosen(target), [match], target)
  }
})

t.test('where readings differ, every policy that could be meant is asked', async t => {
  for (const [target, matches] of [
    ['/%61dmin/users', ['', '/admin/']],
    ['/public/../admin/users', ['/public/', '/admin/']],
    ['/public/%2e%2e/admin/users', ['/public/', '/admin/']],
    ['/public/./drafts/1', ['/public/', '/public/drafts/']],
    ['/../../admin/x', ['', '/admin/']],
    ['/public/..', ['/public/', '']],
    ['/public%2f..%2fadmin/x', ['', '/public/', '/admin/']],
    ['/public/..%2fadmin/x', ['/public/', '/admin/']],
    ['/public/..\\admin/x', ['/public/', '/admin/']],
    ['/public/%5c..%5c..%5cadmin/x', ['/public/', '/admin/']],
    ['/admin%2Fusers', ['', '/admin/']],
    ['/x/%252e%252e/admin/users', ['', '/admin/']],
    ['/x/%25252e%25252e/admin/users', ['', '/admin/']],
    ['//admin/users', ['', '/admin/']],
    ['/public//../admin/x', ['/public/', '/admin/']],
    ['/public/..;/admin/x', ['/public/', '/admin/']],
    ['/admin;x=1/users', ['', '/admin/']],
    ['/public;v=1', ['', '/public/']],
    ['/public/..%3b/admin/x', ['/public/', '/admin/']],
    ['/a%2bb/x', ['', '/a+b/']],
  ] as const) {
    t.strictSame(chosen(target).sort(), [...matches].sort(), target)
  }
})

t.test('where nobody can follow all readings, every policy is asked', async t => {
  t.equal(chosen(`/public/${'..;\\..%2f%252e//'.repeat(500)}`).length, 6)
})

t.test('of several policies the strictest answer stands', async t => {
  for (const [what, target, origin, wanted] of [
    ['a stranger does not reach the public policy', '/public/..%2fb', evil, 'origin-not-allowed'],
    ['nor the shop the admin one', '/admin%2fusers', shop, 'origin-not-allowed'],
    ['nor admin the global one', '/admin%2fusers', admin, 'origin-not-allowed'],
    ['who is allowed by both is allowed', '/public/..%2fb', shop, 'any-origin'],
    ['an escaped slash elsewhere changes nothing', '/projects/a%2fb', shop, 'origin-exact'],
  ] as const) {
    t.equal(decide(policies, actual({ target, origin })).reason, wanted, what)
    t.equal(decide(policies, preflight({ target, origin })).reason, wanted, `${what}: preflight`)
    t.equal(decide(policies, upgrade({ target, origin })).reason, wanted, `${what}: upgrade`)
  }
  const decision = decide(policies, actual({ target: '/public/..%2fb' }))
  t.match(decision, { allowOrigin: shop, credentials: false }, 'without cookies, if one says so')
})

t.test('where one of several policies blocks, the request is blocked', async t => {
  for (const [global, path] of [
    ['omit', 'block'],
    ['block', 'omit'],
  ] as const) {
    const mixed = policy({ onDisallowed: global, paths: [{ match: '/x/', onDisallowed: path }] })
    t.equal(decide(mixed, actual({ target: '/x%2f', origin: evil })).action, 'block')
  }
})

t.test('a path policy inherits what it does not say', async t => {
  const { global, paths } = policy({
    maxAge: 60,
    exposeHeaders: ['etag'],
    originFallback: shop,
    paths: [{ match: '/x/', maxAge: 5, allowOrigins: [admin] }],
  })
  t.match(paths[0], { maxAge: 5, match: '/x/' })
  t.strictSame(paths[0]?.named.exposeHeaders.names, ['etag'])
  t.match(global, { maxAge: 60, match: '' })
  t.equal(paths[0]?.originFallback, undefined, 'but no fallback that it does not allow')
})
