import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** What is between two ends, and can become a hole: connections stay open, and nothing comes through any more. */
export interface Blackhole extends AsyncDisposable {
  readonly port: number
  /** Swallows everything from now on, of connections that are there and that are to come. */
  open(): void
  /** Lets new connections through again; those that were swallowed stay so. */
  close(): void
}

export async function startBlackhole(to: { readonly port: number }): Promise<Blackhole> {
  let swallowing = false
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(to.port, '127.0.0.1')
    const pair = { swallowed: swallowing }
    pairs.add(pair)
    near.on('data', (data) => pair.swallowed || far.write(data))
    far.on('data', (data) => pair.swallowed || near.write(data))
    for (const end of [near, far]) {
      sockets.add(end)
      end
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(end)
          pairs.delete(pair)
          // The other end hears nothing of it through a hole.
          if (!pair.swallowed) for (const other of [near, far]) other.destroy()
        })
    }
  })
  const pairs = new Set<{ swallowed: boolean }>()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    open() {
      swallowing = true
      for (const pair of pairs) pair.swallowed = true
    },
    close: () => void (swallowing = false),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
