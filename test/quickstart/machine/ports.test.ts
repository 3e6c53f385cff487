import { createServer, type AddressInfo } from 'node:net'
import { pid } from 'node:process'
import { expect, it } from 'vitest'
import { insistOnPorts } from '../../../quickstart/machine/ports.ts'

async function taken(address: string) {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const { port } = server.address() as AddressInfo
  return {
    wish: { port, purpose: 'the broker', option: '--broker-port' },
    port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}

it('says nothing of free ports', async () => {
  const free = await taken('127.0.0.1')
  await free[Symbol.asyncDispose]()
  await expect(insistOnPorts([free.wish])).resolves.toBeUndefined()
})

it.each(['127.0.0.1', '0.0.0.0', '::'])(
  'names the port that is taken on %s, its purpose, its holder and the way out',
  async (address) => {
    await using it = await taken(address)
    await expect(insistOnPorts([it.wish])).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringMatching(
        new RegExp(
          `^port ${it.port} \\(the broker\\) is taken by \\S+ \\(process ${pid}\\): choose another with --broker-port\\.$`,
        ),
      ) as unknown,
    })
  },
)

it('names all ports that are taken', async () => {
  await using one = await taken('127.0.0.1')
  await using other = await taken('127.0.0.1')
  const both = insistOnPorts([one.wish, other.wish])
  await expect(both).rejects.toThrow(String(one.port))
  await expect(both).rejects.toThrow(String(other.port))
})
