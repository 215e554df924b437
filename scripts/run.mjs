// `npm start` and `npm test` begin here, also on a fresh clone: nothing but Node itself may be
// needed before the version has been checked, so the rest is loaded afterwards.
const needed = [20, 19]
const running = process.versions.node.split('.').map(Number)

if (running[0] < needed[0] || (running[0] === needed[0] && running[1] < needed[1])) {
  process.stderr.write(
    `cors-sidecar needs Node.js ${needed.join('.')} or newer; this is ${process.versions.node}.\n` +
      'Install a current release (24 is the one its image uses) and run the command again.\n',
  )
  process.exitCode = 1
} else {
  const { prepareAndRun } = await import('./prepare.mjs')
  await prepareAndRun(process.argv[2], process.argv.slice(3))
}
