// A process to which the kernel says that there is no IPv6, as one built or started without it would.
import { spawnSync } from 'node:child_process'
import { need } from './need.js'

// A seccomp filter in the words of linux/filter.h: socket(AF_INET6, …) fails with EAFNOSUPPORT, and
// whatever is not this machine's own system call interface goes through.
const script = `
import ctypes, os, struct, sys
kernel = ctypes.CDLL(None, use_errno=True)
socket, interface = {'x86_64': (41, 0xC000003E), 'aarch64': (198, 0xC00000B7)}[os.uname().machine]
load, jump_if_equal, end = 0x20, 0x15, 0x06
program = b''.join(struct.pack('HBBI', *step) for step in [
    (load, 0, 0, 4), (jump_if_equal, 0, 5, interface),
    (load, 0, 0, 0), (jump_if_equal, 0, 3, socket),
    (load, 0, 0, 16), (jump_if_equal, 0, 1, 10),
    (end, 0, 0, 0x00050000 | 97), (end, 0, 0, 0x7FFF0000)])
text = ctypes.create_string_buffer(program)
class Filter(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('steps', ctypes.c_void_p)]
filter = Filter(len(program) // 8, ctypes.addressof(text))
if kernel.prctl(38, 1, 0, 0, 0) or kernel.prctl(22, 2, ctypes.byref(filter), 0, 0):
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
`

/** The words in front of a command that take IPv6 from it, and the `skip` where that cannot be done. */
export function withoutIPv6(): {
  readonly words: readonly string[]
  readonly skip: string | false
} {
  const python = need('python')
  if (python.skip !== false) return { words: [], skip: python.skip }
  const words = [python.path, '-c', script]
  const [command = '', ...rest] = words
  const { status, stderr } = spawnSync(command, [...rest, 'true'], { encoding: 'utf8' })
  if (status === 0) return { words, skip: false }
  const reason = `this machine does not let a process be without IPv6: ${stderr.trim()}`
  if (process.env.CI_REQUIRE_ALL === '1') throw new Error(reason)
  return { words, skip: reason }
}
