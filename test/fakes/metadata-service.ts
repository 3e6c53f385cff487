import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export interface MetadataRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A metadata service of a cloud, whose answers a test gives by method and path; what it does not give is 404. */
export async function metadataService(answer: (request: MetadataRequest) => [number, string] | undefined) {
  const requests: MetadataRequest[] = []
  const server = createServer(({ method = '', url = '', headers }, response) => {
    const request = { method, path: url, headers }
    requests.push(request)
    const [status, text] = answer(request) ?? [404, 'not found']
    response.writeHead(status).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    requests,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
