// Fields for one connection only: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1

/** Never relayed, in either direction. */
export const hopByHopNames = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const
