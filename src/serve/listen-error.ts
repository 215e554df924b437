/** Thrown when the address can't be listened on. */
export class ListenError extends Error {
  readonly address: string
  /** The option that names the address. */
  readonly option: 'listen' | 'adminListen'
  readonly code: string | undefined

  constructor(address: string, option: ListenError['option'], cause: Cause) {
    super(listenMessage(address, cause), { cause })
    this.name = 'ListenError'
    this.address = address
    this.option = option
    this.code = cause.code
  }
}

type Cause = Error & { readonly code?: string | undefined }

function listenMessage(address: string, { code, message }: Cause): string {
  if (code === 'EADDRINUSE' && address.startsWith('unix:')) return `${address} is there already.`
  if (code === 'EADDRINUSE') return `${address} is in use by another program.`
  if (code === 'EACCES') return `${address} needs permissions that this user does not have.`
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine.`
  return `${address}: ${message}`
}
