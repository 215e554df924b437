import { startProxy } from 'local-cors-proxy/lib/index.js'

const [port, target] = process.argv.slice(2)
startProxy(Number(port), target, '', false, '*')
