import { configurations } from './configurations.js'
import { decisions } from './decisions.js'
import type { Fuzzer } from './fuzzer.js'
import { hosts } from './hosts.js'
import { http2Frames } from './http2-frames.js'
import { parser } from './parser.js'
import { requests } from './requests.js'
import { responses } from './responses.js'

export const fuzzers: readonly Fuzzer[] = [
  decisions,
  configurations,
  parser,
  requests,
  responses,
  http2Frames,
  hosts,
]
