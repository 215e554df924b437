import corsAnywhere from 'cors-anywhere'

const [port] = process.argv.slice(2)
corsAnywhere.createServer({}).listen(Number(port), '127.0.0.1')
