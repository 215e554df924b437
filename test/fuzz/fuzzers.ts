import { configurations } from './configurations.js'
import { decisions } from './decisions.js'
import type { Fuzzer } from './fuzzer.js'
import { parser } from './parser.js'
import { requests } from './requests.js'
import { responses } from './responses.js'

export const fuzzers: readonly Fuzzer[] = [decisions, configurations, parser, requests, responses]
