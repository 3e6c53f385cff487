import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A way to a port of this machine, also for containers, that can be shut: then connections break, and new ones are refused. */
export interface Gate extends AsyncDisposable {
  readonly port: number
  /** Where it leads. */
  to(port: number): void
  open(): void
  /** Every call of this port's `/` shuts the gate, so that a run can say when. */
  readonly bell: number
}

/** Makes an open gate. */
export async function makeGate(): Promise<Gate> {
  const passing = new Set<Socket>()
  const state = { open: true, port: 0 }
  const server = createServer((near) => {
    if (!state.open) return void near.destroy()
    const far = connect(state.port, '127.0.0.1')
    for (const socket of [near, far]) {
      passing.add(socket)
      socket.on('error', () => undefined).on('close', () => passing.delete(socket))
    }
    near.pipe(far).pipe(near)
  })
  const shut = () => {
    state.open = false
    for (const socket of passing) socket.destroy()
  }
  const bell = createHttpServer((_request, response) => {
    shut()
    response.end('shut\n')
  })
  await Promise.all([server, bell].map((one) => new Promise<void>((resolve) => one.listen(0, '0.0.0.0', resolve))))
  return {
    port: portOf(server),
    bell: portOf(bell),
    to: (port) => void (state.port = port),
    open: () => void (state.open = true),
    [Symbol.asyncDispose]: async () => {
      shut()
      bell.closeAllConnections()
      await Promise.all([server, bell].map((one) => new Promise((resolve) => one.close(resolve))))
    },
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
