import type { ExchangeView, HeaderLine } from '../../src/observe/exchange-view.js'
import { addressOf } from './as-request.js'

export interface Archive {
  readonly har: object
  /** What is not in it, because its address is no URL. */
  readonly leftOut: readonly ExchangeView[]
}

/** Exchanges as an HTTP Archive 1.2, oldest first; bodies were never kept, secrets are masked. */
export function asHar(
  views: readonly ExchangeView[],
  version: string,
  sidecarUrl?: string,
): Archive {
  const inOrder = [...views].sort((a, b) => a.startedAt - b.startedAt)
  const leftOut = inOrder.filter(view => !URL.canParse(addressOf(view, sidecarUrl)))
  const names = leftOut.map(view => `${view.method} ${addressOf(view, sidecarUrl)}`)
  return {
    har: {
      log: {
        version: '1.2',
        creator: { name: 'cors-sidecar', version },
        entries: inOrder
          .filter(view => !leftOut.includes(view))
          .map(view => entry(view, sidecarUrl)),
        ...(names.length > 0 && { comment: `Left out, no valid URL: ${names.join(', ')}` }),
      },
    },
    leftOut,
  }
}

function entry(view: ExchangeView, sidecarUrl: string | undefined): object {
  const { durationMs, queuedMs, connectMs, upstreamMs, decision } = view
  const wait = upstreamMs === undefined ? 0 : upstreamMs - (connectMs ?? 0)
  const url = addressOf(view, sidecarUrl)
  return {
    startedDateTime: new Date(view.startedAt).toISOString(),
    time: durationMs,
    request: {
      method: view.method,
      url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: named(view.requestHeaders),
      queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
      headersSize: -1,
      bodySize: view.bytesIn,
    },
    response: {
      status: view.status,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: named(view.sentHeaders ?? []),
      content: { size: view.bytesOut, mimeType: typeOf(view.sentHeaders ?? []) },
      redirectURL: firstOf(view.sentHeaders ?? [], 'location') ?? '',
      headersSize: -1,
      bodySize: view.bytesOut,
    },
    cache: {},
    timings: {
      blocked: queuedMs,
      dns: -1,
      connect: connectMs ?? -1,
      send: 0,
      wait: Math.max(0, wait),
      receive: Math.max(0, durationMs - queuedMs - (connectMs ?? 0) - wait),
      ssl: -1,
    },
    comment: `${decision.verdict}: ${decision.sentence}`,
    _corsSidecar: { id: view.id, decision, upstreamHeaders: named(view.upstreamHeaders ?? []) },
  }
}

function named(lines: readonly HeaderLine[]): object[] {
  return lines.map(([name, value]) => ({ name, value }))
}

function firstOf(lines: readonly HeaderLine[], wanted: string): string | undefined {
  return lines.find(([name]) => name.toLowerCase() === wanted)?.[1]
}

function typeOf(lines: readonly HeaderLine[]): string {
  return firstOf(lines, 'content-type') ?? 'x-unknown'
}
