import replyFrom from '@fastify/reply-from'
import fastify from 'fastify'

const [port, base] = process.argv.slice(2)
const server = fastify()
await server.register(replyFrom, { base })
server.all('/*', (request, reply) => reply.from(request.url))
await server.listen({ port: Number(port), host: '127.0.0.1' })
