import type { Engine } from './engine.js'
import { libraryLacks } from './library-lacks.js'
import { optionsText, policiesByPath } from './node-cors.js'

export const fastify: Engine = {
  name: 'fastify',
  title: 'Fastify (@fastify/cors)',
  proof: 'run',
  comment: '//',
  lacks: [...libraryLacks, 'upstream-fields', 'all-options', 'strange-paths', 'own-errors'],
  write: plan =>
    [
      '// await app.register(cors, corsPolicy) before all routes, with cors of @fastify/cors.',
      ...(plan.paths.length === 0
        ? [`export const corsPolicy = ${optionsText(plan.rest)}`]
        : [
            ...policiesByPath(plan),
            '',
            'export const corsPolicy = {',
            '  delegator: (request, done) =>',
            '    done(null, policies.find(([path]) => path.test(request.raw.url))[1]),',
            '}',
          ]),
      '',
    ].join('\n'),
}
