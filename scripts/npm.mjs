/** npm as the person called it: the one that started this script, else the one on the PATH. */
export function npmCommand(words) {
  const own = process.env.npm_execpath
  return own?.endsWith('.js')
    ? { command: process.execPath, words: [own, ...words], options: {} }
    : { command: 'npm', words, options: { shell: process.platform === 'win32' } }
}
