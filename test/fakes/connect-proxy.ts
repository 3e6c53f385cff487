import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

/** What a proxy is to do with those who ask. */
export interface ProxyOptions {
  /** `name:password`, without which nobody gets through. */
  readonly account?: string
  /** Takes connections and never answers. */
  readonly silent?: boolean
  /** Where it dials, whatever host it was asked for: so that any name is there. */
  readonly to?: { readonly host: string; readonly port: number }
  /** Where it listens. Default: a free port on loopback. */
  readonly listen?: { readonly host: string; readonly port: number }
}

/** A proxy on loopback that makes tunnels (CONNECT), and passes on plain requests. */
export interface Proxy extends AsyncDisposable {
  /** `http://[name:password@]127.0.0.1:PORT`. */
  readonly url: string
  /** Targets that were asked for, `host:port` or a URL; with `407 ` in front if without the account. */
  readonly asked: string[]
}

export async function startProxy({ account, silent = false, to, listen }: ProxyOptions = {}): Promise<Proxy> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const expected = account && `Basic ${Buffer.from(account).toString('base64')}`
  const isKnown = (authorization: string | undefined) => !expected || authorization === expected
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(isKnown(request.headers['proxy-authorization']) ? 200 : 407).end('by the proxy')
  })
  server.on('connection', (socket) => sockets.add(socket))
  server.on('connect', (request, near: Socket, head) => {
    const target = request.url ?? ''
    near.on('error', () => {})
    if (silent) return void asked.push(target)
    if (!isKnown(request.headers['proxy-authorization'])) {
      asked.push(`407 ${target}`)
      return void near.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n',
      )
    }
    asked.push(target)
    const { hostname, port } = new URL(`tcp://${target}`)
    const far = connect(to ?? { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) })
    sockets.add(far)
    far.on('error', () => near.destroy())
    near.on('close', () => far.destroy())
    far.once('connect', () => {
      near.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      far.write(head)
      near.pipe(far).pipe(near)
    })
  })
  await new Promise<void>((resolve) => server.listen(listen ?? { host: '127.0.0.1', port: 0 }, resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${account ? `${encodeURIComponent(account).replace('%3A', ':')}@` : ''}127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
