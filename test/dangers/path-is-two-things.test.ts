// A path that the sidecar reads in one way and the server behind it in another: thousands of them,
// and four real servers that say which of their handlers took each.

import t from 'tap'
import { seededRandom } from '../support/mutated-streams.js'
import { pathPeers } from '../support/path-peers.js'
import {
  askPath,
  drawOrigin,
  drawPath,
  pathScenes,
  startElsewhere,
  startScene,
  stopAsking,
} from '../support/path-scenes.js'

/** Of each server and each way of being in front of it. */
const DRAWN = 700

/** Real names of resources, below the folder that their users asked for. */
const honest = [
  'api/v4/projects/group%2Fproject',
  'api/v4/projects/group%2Fsub%2Fproject/repository/files/src%2Fmain%2Ets/raw?ref=a%2Fb',
  '@scope%2fname',
  'api/queues/%2F/orders',
  'files/report%2Epdf',
  'job/feature%2Fx/1',
  'files/100%25%20sure;v=1',
  'caf%C3%A9/%E2%82%AC',
  '.well-known/x',
  'a/../b',
  "v1/things:batch/(id='a')/$count",
]

t.setTimeout(180_000)
t.teardown(stopAsking)

for (const { name, skip, startPeer } of pathPeers) {
  t.test(`${name} behind`, { skip }, async t => {
    const peer = await startPeer()
    t.teardown(() => peer.close())
    const elsewhere = await startElsewhere()
    t.teardown(() => elsewhere.close())

    for (const [at, scene] of pathScenes.entries()) {
      t.test(scene.title, async t => {
        const sidecar = await startScene(scene, peer.url, elsewhere.url)
        t.teardown(() => sidecar.close())
        const random = seededRandom(at + 1)
        const asked = Array.from({ length: DRAWN }, () =>
          askPath(sidecar.url, drawPath(random, scene.first), drawOrigin(random)),
        )
        const answers = await Promise.all(asked)
        t.strictSame(answers.filter(scene.isWrong), [])
        t.ok(answers.filter(scene.isTelling).length > 20, 'many are answered')
        const refused = answers.filter(({ status }) => status === 400)
        if (scene.refuses) t.ok(refused.length > 20, 'many are refused')
      })
    }

    t.test('names that only look strange pass', async t => {
      const [scene] = pathScenes
      if (scene === undefined) return
      const { url, close } = await startScene(scene, peer.url, elsewhere.url)
      t.teardown(close)
      for (const name of honest) {
        const path = `/public/${name}`
        t.strictSame(await askPath(url, path), {
          ...(await askPath(peer.url, path)),
          isGranted: true,
        })
      }
    })
  })
}
