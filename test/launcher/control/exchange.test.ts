import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { exchange, type Outgoing } from '../../../launcher/src/control/exchange.ts'
import { makeCertificates } from '../../fakes/control-plane.ts'

const { authority, server: identity, pool } = makeCertificates()
const patience = { connectMs: 10_000, headersMs: 10_000, bodyMs: 10_000 }
let cleanup = new AsyncDisposableStack()

afterEach(async () => {
  await cleanup.disposeAsync()
  cleanup = new AsyncDisposableStack()
})

/** A far end that does with each request what it is told. */
async function world(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer({ key: identity.privateKey, cert: identity.certificate }, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.defer(() => void server.close())
  cleanup.defer(() => server.closeAllConnections())
  return caller((server.address() as AddressInfo).port)
}

function caller(port: number) {
  const agent = new Agent({
    keepAlive: true,
    ca: authority.certificate,
    cert: pool.certificate,
    key: pool.privateKey,
  })
  cleanup.defer(() => agent.destroy())
  const ending = new AbortController()
  const call = (about: Partial<Outgoing> = {}) =>
    exchange(agent, { url: `https://localhost:${port}/`, method: 'GET', patience, signal: ending.signal, ...about })
  return { agent, call, ending }
}

/** Sends a head and the beginning of a body that does not end. */
const begin = (_request: IncomingMessage, response: ServerResponse) => void response.write('the beginning')

describe('exchange', () => {
  it('uses a connection again whose answer was read', async () => {
    const { call } = await world((request, response) => response.end(String(request.socket.remotePort)))
    const ports = []
    for (const _ of [1, 2, 3]) ports.push((await buffer(await call())).toString())
    expect(new Set(ports).size).toBe(1)
  })

  it('gives up a far end that takes the connection and says nothing', async () => {
    const sockets = new Set<Socket>()
    const server = createTcpServer((socket) => void sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup.defer(() => void server.close())
    cleanup.defer(() => sockets.forEach((socket) => socket.destroy()))
    const { call } = caller((server.address() as AddressInfo).port)
    await expect(call({ patience: { ...patience, connectMs: 20 } })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })

  it('gives up an answer that does not begin, and one that does not go on', async () => {
    const { call } = await world((request, response) => request.method === 'POST' && begin(request, response))
    const silent = call({ patience: { ...patience, headersMs: 20 } })
    await expect(silent).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    const answer = await call({ method: 'POST', patience: { ...patience, bodyMs: 20 } })
    await expect(buffer(answer)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })

  it('waits for a reader of its own that is slow', async () => {
    const { call } = await world(begin)
    const answer = await call({ patience: { ...patience, bodyMs: 10 } })
    for (const _ of [1, 2, 3]) await once(answer.socket, 'timeout')
    expect(answer.destroyed).toBe(false)
    expect(String(answer.read())).toBe('the beginning')
    await expect(buffer(answer)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  })

  it('waits for a body of its own that is slow', async () => {
    const arrived = Promise.withResolvers<void>()
    const { agent, call } = await world((request, response) => {
      arrived.resolve()
      buffer(request).then(
        (body) => response.end(body),
        () => {},
      )
    })
    const body = new PassThrough()
    const asked = call({ method: 'PUT', body, patience: { ...patience, headersMs: 10 } })
    body.write('one')
    await arrived.promise
    const [socket] = Object.values(agent.sockets).flat()
    for (const _ of [1, 2, 3]) await once(socket ?? agent, 'timeout')
    // The far end may be slow now.
    socket?.setTimeout(patience.headersMs)
    body.end(' two')
    expect((await buffer(await asked)).toString()).toBe('one two')
  })

  it('reads an answer that comes before the body was sent, and sends the rest to nobody', async () => {
    const { call } = await world((_request, response) => response.writeHead(413).end('too much'))
    const body = new PassThrough()
    body.write('the first of much')
    const closed = new Promise((resolve) => body.once('close', resolve))
    const answer = await call({ method: 'PUT', body })
    expect(answer.statusCode).toBe(413)
    expect((await buffer(answer)).toString()).toBe('too much')
    await closed
    expect(body.destroyed).toBe(true)
  })

  it('breaks with what broke the body that was to be sent', async () => {
    const { call } = await world((request) => request.resume())
    const broken = new Error('disk on fire')
    const body = new Readable({ read: () => void body.destroy(broken) })
    await expect(call({ method: 'PUT', body })).rejects.toBe(broken)
  })

  it('ends with the reason of its signal, before the answer and in the midst of it', async () => {
    const { call, ending } = await world(begin)
    const answer = await call()
    const reason = new Error('told to stop')
    const reading = buffer(answer)
    ending.abort(reason)
    await expect(reading).rejects.toBe(reason)
    await expect(call()).rejects.toBe(reason)
  })
})
