import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { CannotStart } from './cannot-start.ts'

/** Where a server listens: on the same port of each address. Port 0: any port that is free on the first one. */
export interface Doorway {
  readonly addresses: readonly string[]
  readonly port: number
  /** How another port is chosen, for the sentence about one that is taken. */
  readonly label: string
}

/** A server that listens. */
export interface OpenDoor {
  readonly port: number
  /** Takes no new connection; resolves when the connections that are left are over. */
  close(): Promise<void>
}

/**
 * Makes a server listen on every address. A server has one listening socket, so those of the further addresses are small servers that pass
 * their connections on. Rejects with CannotStart, and listens nowhere then.
 */
export async function openDoor(server: Server, doorway: Doorway): Promise<OpenDoor> {
  const [first = '0.0.0.0', ...further] = doorway.addresses
  const opened = [server]
  try {
    const port = await listen(server, { address: first, port: doorway.port })
    for (const address of further) {
      const side = createServer((socket) => server.emit('connection', socket))
      side.maxConnections = server.maxConnections
      await listen(side, { address, port })
      opened.push(side)
    }
    return { port, close: async () => void (await Promise.all(opened.map(closed))) }
  } catch (error) {
    await Promise.all(opened.filter((each) => each.listening).map(closed))
    throw cannotListen(error, doorway)
  }
}

async function listen(server: Server, at: { address: string; port: number }): Promise<number> {
  server.listen({ host: at.address, port: at.port })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()))
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program: end that program',
  EACCES: 'may not be used by this user (ports below 1024 need root): run as another user',
  EADDRNOTAVAIL: 'cannot be opened, because the address is not one of this machine: correct --listen',
}

function cannotListen(error: unknown, doorway: Doorway): unknown {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  const reason = code === undefined ? undefined : reasons[code]
  if (reason === undefined) return error
  return new CannotStart(
    `port ${port ?? doorway.port} of ${address ?? 'this machine'} ${reason}, or choose another port by ${doorway.label}`,
    {
      cause: error,
    },
  )
}
