// The servers that `why` has cures for.

export const serverNames = [
  'nginx',
  'apache',
  'haproxy',
  'caddy',
  'express',
  'fastify',
  'hono',
  'flask',
  'django',
  'fastapi',
  'spring',
  'sidecar',
] as const

export type ServerName = (typeof serverNames)[number]

export function serverNamed(text: string): ServerName | undefined {
  return serverNames.find(name => name === text.toLowerCase())
}
