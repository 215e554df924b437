import { caddy } from './caddy.js'
import { django } from './django.js'
import type { Engine } from './engine.js'
import { express } from './express.js'
import { fastapi } from './fastapi.js'
import { fastify } from './fastify.js'
import { flask } from './flask.js'
import { gatewayApi } from './gateway-api.js'
import { haproxy } from './haproxy.js'
import { hono } from './hono.js'
import { nginx } from './nginx.js'

/** Every engine that a policy can be exported to. A new one is written here and in its own file. */
export const engines: readonly Engine[] = [
  nginx,
  haproxy,
  caddy,
  express,
  fastify,
  hono,
  flask,
  django,
  fastapi,
  gatewayApi,
]
