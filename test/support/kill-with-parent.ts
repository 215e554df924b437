import type { ChildProcess } from 'node:child_process'

const children = new Set<ChildProcess>()

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A test that fails half-way leaves no process behind. */
export function killWithParent(child: ChildProcess): void {
  children.add(child)
  child.once('close', () => children.delete(child))
}
