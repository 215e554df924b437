// The header names of well-known protocols, for lists that name headers instead of `*`: data, each set
// with the day on which it was compared with its sources.

export interface Preset {
  /** ISO 8601. */
  readonly date: string
  readonly sources: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  /** What becomes of origins that are not listed, where the protocol says it. */
  readonly onDisallowed?: 'block'
}

export const presets = {
  // Revisions 2025-06-18 (sessions) and 2026-07-28 (none, and fields that mirror the body).
  mcp: {
    date: '2026-11-28',
    sources: [
      'https://modelcontextprotocol.io/specification/2025-06-18/basic/transports',
      'https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http',
    ],
    allowHeaders: [
      'authorization',
      'content-type',
      'last-event-id',
      'mcp-method',
      'mcp-name',
      'mcp-param-*',
      'mcp-protocol-version',
      'mcp-session-id',
    ],
    exposeHeaders: ['mcp-protocol-version', 'mcp-session-id', 'www-authenticate'],
    onDisallowed: 'block',
  },
  openai: {
    date: '2026-11-28',
    sources: [
      'https://github.com/openai/openai-node/blob/master/src/client.ts',
      'https://platform.openai.com/docs/api-reference/debugging-requests',
    ],
    allowHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'openai-beta',
      'openai-organization',
      'openai-project',
      'user-agent',
      'x-stainless-*',
    ],
    exposeHeaders: [
      'openai-organization',
      'openai-processing-ms',
      'openai-version',
      'retry-after',
      'retry-after-ms',
      'x-ratelimit-*',
      'x-request-id',
      'x-should-retry',
    ],
  },
  tracing: {
    date: '2026-11-28',
    sources: [
      'https://www.w3.org/TR/trace-context/',
      'https://www.w3.org/TR/baggage/',
      'https://github.com/openzipkin/b3-propagation',
      'https://docs.sentry.io/platforms/javascript/tracing/distributed-tracing/',
    ],
    allowHeaders: ['b3', 'baggage', 'sentry-trace', 'traceparent', 'tracestate', 'x-b3-*'],
    exposeHeaders: ['server-timing', 'traceresponse'],
  },
  's3-upload': {
    date: '2026-11-28',
    sources: [
      'https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html',
    ],
    allowHeaders: [
      'amz-sdk-invocation-id',
      'amz-sdk-request',
      'authorization',
      'cache-control',
      'content-disposition',
      'content-encoding',
      'content-md5',
      'content-type',
      'x-amz-*',
    ],
    exposeHeaders: ['etag', 'location', 'x-amz-*'],
  },
  tus: {
    date: '2026-11-28',
    sources: ['https://tus.io/protocols/resumable-upload'],
    allowHeaders: [
      'content-type',
      'tus-resumable',
      'upload-checksum',
      'upload-concat',
      'upload-defer-length',
      'upload-length',
      'upload-metadata',
      'upload-offset',
      'x-http-method-override',
    ],
    exposeHeaders: [
      'location',
      'tus-checksum-algorithm',
      'tus-extension',
      'tus-max-size',
      'tus-resumable',
      'tus-version',
      'upload-concat',
      'upload-defer-length',
      'upload-expires',
      'upload-length',
      'upload-metadata',
      'upload-offset',
    ],
  },
  'grpc-web': {
    date: '2026-11-28',
    sources: [
      'https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md',
      'https://connectrpc.com/docs/cors',
    ],
    allowHeaders: ['content-type', 'grpc-timeout', 'x-grpc-web', 'x-user-agent'],
    exposeHeaders: ['grpc-message', 'grpc-status', 'grpc-status-details-bin'],
  },
} as const satisfies Readonly<Record<string, Preset>>

export type PresetName = keyof typeof presets

export const presetNamed = (name: PresetName): Preset => presets[name]

/** A list with the names of presets added; one that holds everything stays as it is. */
export function withPresets(
  list: readonly string[],
  names: readonly PresetName[],
  pick: 'allowHeaders' | 'exposeHeaders',
): readonly string[] {
  if (names.length === 0 || list.includes('*')) return list
  return [...new Set([...list, ...names.flatMap(name => presetNamed(name)[pick])])]
}

/** Whether one of them says that origins that are not listed get 403. */
export const blocksStrangers = (names: readonly PresetName[]): boolean =>
  names.some(name => presetNamed(name).onDisallowed === 'block')
