// Responses of every shape, most of them bent.

import { drawResponse } from '../support/drawn-responses.js'
import { variantCount, withVariant } from '../support/framing-variants.js'
import { mutateResponse } from '../support/mutated-responses.js'
import { replaceLineEnd } from '../support/mutated-streams.js'
import { below, bend, pick, type Random } from './fuzzer.js'
import { withOldHabits } from './old-habits.js'

/** One response as text of one byte a character; one in eight is valid. */
export function bentResponse(random: Random): string {
  const text = random() < 0.9 ? drawResponse(random) : mutateResponse(random).pieces.join('')
  return pick(random, [
    () => text,
    () => withVariant(text, below(random, variantCount), below(random, 4)),
    () => withVariant(text, below(random, variantCount), below(random, 4)),
    () => bend(random, text),
    () => bend(random, text),
    () => replaceLineEnd(text, random),
    () => withOldHabits(text, random),
    () => withOldHabits(text, random),
  ])()
}
