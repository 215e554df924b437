import type { Engine } from './engine.js'
import { libraryLacks } from './library-lacks.js'
import { optionsText, policiesByPath } from './node-cors.js'

export const express: Engine = {
  name: 'express',
  title: 'Express (cors)',
  proof: 'run',
  comment: '//',
  lacks: [...libraryLacks, 'upstream-fields', 'all-options', 'strange-paths', 'own-errors'],
  write: plan =>
    [
      '// app.use(corsPolicy) before everything else. Needs the package cors.',
      "import cors from 'cors'",
      '',
      ...(plan.paths.length === 0
        ? [`export const corsPolicy = cors(${optionsText(plan.rest)})`]
        : [
            ...policiesByPath(plan),
            '',
            'export const corsPolicy = cors((request, done) =>',
            '  done(null, policies.find(([path]) => path.test(request.originalUrl))[1]),',
            ')',
          ]),
      '',
    ].join('\n'),
}
