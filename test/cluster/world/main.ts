// Runs in a pod of the cluster: what is beyond it in a preset. A gate before a registry that wants a login, or one with TLS behind a proxy.
import { readFileSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { startProxy } from '../../fakes/connect-proxy.ts'

const { REGISTRY = '', ACCOUNT = '', TLS = '' } = process.env
const expected = `Basic ${Buffer.from(ACCOUNT).toString('base64')}`

/** Passes a request on, and writes down what became of it. */
function pass(asked: IncomingMessage, answer: ServerResponse): void {
  const end = (status: number) => process.stdout.write(`${status} ${asked.method} ${asked.url}\n`)
  if (ACCOUNT && asked.headers.authorization !== expected) {
    end(401)
    return void answer.writeHead(401, { 'www-authenticate': 'Basic realm="world"' }).end()
  }
  const { authorization: _, host: __, ...headers } = asked.headers
  const far = request(`http://${REGISTRY}${asked.url}`, { method: asked.method ?? 'GET', headers }, (there) => {
    end(there.statusCode ?? 0)
    answer.writeHead(there.statusCode ?? 502, there.headers)
    there.pipe(answer)
  })
  far.on('error', () => answer.destroy())
  asked.pipe(far)
}

const gate = TLS
  ? createTlsServer({ key: readFileSync(`${TLS}/tls.key`), cert: readFileSync(`${TLS}/tls.crt`) }, pass)
  : createServer(pass)
if (TLS) {
  gate.listen(8443, '127.0.0.1')
  await startProxy({ listen: { host: '0.0.0.0', port: 3128 }, to: { host: '127.0.0.1', port: 8443 } })
} else {
  gate.listen(5000)
}
