import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeToken, encodeToken } from '../../../protocol/token.ts'

/** What a launcher of a pool is given. */
export interface PoolIdentity {
  readonly SPACELIFT_TOKEN: string
  readonly SPACELIFT_POOL_PRIVATE_KEY: string
}

/** A way to a control plane that is slow in one direction. */
export interface SlowLink extends AsyncDisposable {
  /** The identity, with an address of the launchers' API that leads through the link. */
  readonly identity: PoolIdentity
}

/**
 * Puts a slow link before the launchers' API of a pool's token: what launchers send passes with so many bytes each second, what they are
 * answered passes at once. TLS goes through it as it is.
 */
export async function throughSlowLink(identity: PoolIdentity, bytesPerSecond: number): Promise<SlowLink> {
  const token = decodeToken(identity.SPACELIFT_TOKEN)
  if (!token.ok) throw new Error(token.fault.message)
  const api = new URL(token.value.api.endpoint)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(api.port), api.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    far.pipe(near)
    slowly(near, far, bytesPerSecond).catch(() => far.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const slow = { ...token.value, api: { endpoint: `https://127.0.0.1:${port}` } }
  return {
    identity: { ...identity, SPACELIFT_TOKEN: encodeToken(slow) },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function slowly(from: Socket, to: Socket, bytesPerSecond: number): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    await sleep((chunk.length / bytesPerSecond) * 1000)
    to.write(chunk)
  }
  to.end()
}
