import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { CannotStart } from '../../../mothership/src/base/cannot-start.ts'
import { openDoor } from '../../../mothership/src/base/port.ts'

const label = '--some-port (SOME_PORT)'

function greeter() {
  return createServer((socket) => socket.end('hello'))
}

async function greeting(host: string, port: number): Promise<string> {
  const chunks: Buffer[] = []
  const socket = connect({ host, port })
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

it('answers on the same port of every address, and on none when it is closed', async () => {
  const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3']
  const door = await openDoor(greeter(), { addresses, port: 0, label })
  for (const address of addresses) expect(await greeting(address, door.port)).toBe('hello')
  await door.close()
  for (const address of addresses) await expect(greeting(address, door.port)).rejects.toThrow()
})

it('closes when the connections of every address are over, and not before', async () => {
  const server = createServer((socket) => socket.resume())
  const door = await openDoor(server, { addresses: ['127.0.0.1', '127.0.0.2'], port: 0, label })
  const visitor = connect({ host: '127.0.0.2', port: door.port })
  await once(server, 'connection')
  let closed = false
  const closing = door.close().then(() => (closed = true))
  await new Promise(setImmediate)
  expect(closed).toBe(false)
  visitor.end()
  await closing
})

it('says which port is taken and how to choose another, and then listens nowhere', async () => {
  const taken = createServer().listen(0, '127.0.0.2')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const server = greeter()
  const opening = openDoor(server, { addresses: ['127.0.0.1', '127.0.0.2'], port, label })
  await expect(opening).rejects.toThrow(CannotStart)
  await expect(opening).rejects.toThrow(new RegExp(`port ${port} of 127.0.0.2 is taken.*--some-port`))
  expect(server.listening).toBe(false)
  taken.close()
})

it('says that an address is not one of this machine', async () => {
  const opening = openDoor(greeter(), { addresses: ['192.0.2.1'], port: 0, label })
  await expect(opening).rejects.toThrow(/192\.0\.2\.1.*--listen/)
})
