import { createServer, type Server } from 'node:http'

/** As much of a Docker engine as an idle launcher needs. It knows one image's digest. */
export function idleEngine(): Server {
  return createServer(({ url = '' }, response) => {
    const [status, body] = answerTo(url)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}

function answerTo(url: string): [number, unknown] {
  if (url.includes('/version')) return [200, { Version: '28.0.0', ApiVersion: '1.48', MinAPIVersion: '1.24' }]
  if (/\/containers\/json/.test(url)) return [200, []]
  if (url.includes('/distribution/registry.example/there')) return [200, { Descriptor: { digest: 'sha256:0123' } }]
  if (url.includes('/distribution/')) return [403, { message: 'denied: requested access to the resource is denied' }]
  return [200, { Driver: 'overlay2', CgroupVersion: '2', MemTotal: 2 ** 30, NCPU: 2 }]
}
