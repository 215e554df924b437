// Paths that servers read each in its own way, in front of every one that this machine has: none leads out
// of its route or base path, and none is read under the policy of another.

import { pathPeers } from '../support/path-peers.js'
import {
  askPath,
  drawOrigin,
  drawPath,
  type PathScene,
  pathScenes,
  startElsewhere,
  startScene,
  stopAsking,
} from '../support/path-scenes.js'
import { type Fuzzer, pick } from './fuzzer.js'

interface Front {
  readonly name: string
  readonly scene: PathScene
  readonly url: string
  close(): Promise<unknown>
}

export const paths: Fuzzer = {
  name: 'paths',
  atOnce: 24,
  async start() {
    const elsewhere = await startElsewhere()
    const there = pathPeers.filter(({ skip }) => skip === false)
    const peers = await Promise.all(
      there.map(async ({ name, startPeer }) => ({ name, ...(await startPeer()) })),
    )
    const fronts: Front[] = []
    for (const { name, url: peer } of peers) {
      for (const scene of pathScenes) {
        const { url, close } = await startScene(scene, peer, elsewhere.url)
        fronts.push({ name, scene, url, close })
      }
    }
    const tally = { servers: peers.length, answered: 0, refused: 0 }
    return {
      tally,
      async attempt(random) {
        const { name, scene, url } = pick(random, fronts)
        const answer = await askPath(url, drawPath(random, scene.first), drawOrigin(random))
        if (answer.status === 400) tally.refused++
        if (answer.handler !== undefined) tally.answered++
        const isWrong = scene.isWrong(answer) || (answer.status ?? 0) >= 502
        return isWrong ? `${name}, ${scene.title}: ${JSON.stringify(answer)}` : undefined
      },
      async close() {
        stopAsking()
        await Promise.all(fronts.map(front => front.close()))
        await Promise.all(peers.map(peer => peer.close()))
        elsewhere.close()
        return undefined
      },
    }
  },
}
