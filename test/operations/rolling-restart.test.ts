// Two instances behind a balancer that learns late, replaced one after the other: nothing is lost.
import { Agent, request } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import t from 'tap'
import { startRawUpstream } from '../support/raw-upstream.js'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'

/** A balancer acts on what it learned this long ago; the delay of the shutdown must be longer. */
const lateMs = 500
const shutdownDelay = '1500ms'
const rounds = 4

interface Instance {
  readonly sidecar: SidecarProcess
  readonly agent: Agent
  isInRotation: boolean
}

t.test(`${rounds} rounds lose no request`, async t => {
  const upstream = await startRawUpstream()
  t.teardown(() => upstream.close())
  const instances = new Set<Instance>()
  let isOver = false

  const launch = async (): Promise<Instance> => {
    const sidecar = await startSidecar({
      upstream: upstream.url,
      flags: ['--shutdown-delay', shutdownDelay, '--log-requests', 'errors'],
      admin: true,
    })
    const instance = { sidecar, agent: new Agent({ keepAlive: true }), isInRotation: false }
    instances.add(instance)
    follow(instance)
    return instance
  }

  /** Asks for readiness all the time, and acts on the answers late. */
  const follow = async (instance: Instance) => {
    while (!isOver && instance.sidecar.alive) {
      const isReady = await fetch(`${instance.sidecar.adminUrl}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
      setTimeout(() => {
        instance.isInRotation = isReady
      }, lateMs)
      await after(50)
    }
  }

  const ask = ({ sidecar, agent }: Instance) =>
    new Promise<string>(resolve => {
      const asked = request({ agent, host: '127.0.0.1', port: sidecar.port })
      asked.on('error', error => resolve(`lost: ${error.message}`))
      asked.on('response', response => {
        response.resume()
        response.on('end', () => resolve(String(response.statusCode)))
      })
      asked.end()
    })

  const answers = new Map<string, number>()
  let turn = 0
  const load = async () => {
    while (!isOver) {
      const rotation = [...instances].filter(({ isInRotation }) => isInRotation)
      const instance = rotation[turn++ % rotation.length]
      if (instance === undefined) answers.set('nobody to ask', 1)
      else {
        const answer = await ask(instance)
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
      }
      await after(5)
    }
  }

  const inRotation = async (instance: Instance) => {
    while (!instance.isInRotation) await after(20)
  }

  let old = await Promise.all([launch(), launch()])
  await Promise.all(old.map(inRotation))
  const loads = Array.from({ length: 6 }, load)
  for (let round = 0; round < rounds; round++) {
    const fresh = await launch()
    await inRotation(fresh)
    const [leaving, staying] = old
    leaving.sidecar.signal('SIGTERM')
    t.match(await leaving.sidecar.exited(), { code: 0 })
    instances.delete(leaving)
    leaving.agent.destroy()
    old = [staying, fresh]
  }
  isOver = true
  await Promise.all(loads)
  t.same([...answers.keys()], ['200'])
  t.ok((answers.get('200') ?? 0) > 500, 'and there were requests to lose')
  for (const { sidecar, agent } of instances) {
    agent.destroy()
    await sidecar.stop()
  }
})
