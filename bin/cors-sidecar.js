#!/usr/bin/env node
// A slow name look-up takes a thread of this pool; there must be some left for the others.
process.env.UV_THREADPOOL_SIZE ??= '16'

const { main } = await import('../dist/src/cli/main.js')
process.exitCode = await main(process.argv.slice(2))
