import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect } from 'node:tls'
import { ulid } from 'ulid'
import { expect, it } from 'vitest'
import { paths } from '../../../protocol/calls.ts'
import { createPeopleApi } from '../../../mothership/src/api/people.ts'
import { apiLimits } from '../../../mothership/src/api/limits.ts'
import { createLog } from '../../../mothership/src/base/log.ts'
import { apiCertificates, apiWorld } from '../support/api-world.ts'
import { closing } from '../support/closing.ts'

const certificates = apiCertificates()
const { first, authority } = certificates

/** A TLS connection of the first pool, and all that comes over it. */
async function rawConnection(port: number) {
  const socket = connect({
    port,
    host: '127.0.0.1',
    key: first.privateKey,
    cert: first.certificate,
    ca: authority.certificate,
  })
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  const closed = closing(socket).then(() => Buffer.concat(chunks).toString())
  await once(socket, 'secureConnect')
  return { socket, closed }
}

it('answers what is not HTTP with an error like every other, and closes', async () => {
  await using world = await apiWorld(certificates)
  const { socket, closed } = await rawConnection(world.port)
  socket.write('\u0000\u0001\u0002 nonsense\r\n\r\n')
  const answer = await closed
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ error: { code: 'bad-request' } })
})

it('cuts whoever never ends the head of a request', async () => {
  await using world = await apiWorld(certificates, { headMs: 200 })
  const { socket, closed } = await rawConnection(world.port)
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n')
  expect(await closed).toMatch(/^HTTP\/1\.1 408 /)
})

it('cuts whoever never ends the handshake', async () => {
  await using world = await apiWorld(certificates, { headMs: 200 })
  const socket = connectTcp({ port: world.port, host: '127.0.0.1' })
  socket.resume()
  await closing(socket)
})

it('speaks no TLS before 1.2', async () => {
  await using world = await apiWorld(certificates)
  const options = {
    port: world.port,
    host: '127.0.0.1',
    ca: authority.certificate,
    key: first.privateKey,
    cert: first.certificate,
  }
  const socket = connect({ ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
  const connected = await Promise.race([
    once(socket, 'secureConnect').then(
      () => true,
      () => false,
    ),
    closing(socket).then(() => false),
  ])
  expect(connected).toBe(false)
})

it('cuts whoever is refused and goes on sending', async () => {
  await using world = await apiWorld(certificates)
  const { socket, closed } = await rawConnection(world.port)
  socket.write(`PUT ${paths.workspace(ulid())} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n`)
  socket.write(Buffer.alloc(1000))
  expect(await closed).toMatch(/^HTTP\/1\.1 400 /)
})

it('answers a body that is not JSON as what it is, also where there is no such path', async () => {
  const { server } = certificates
  const api = createPeopleApi({
    identity: { key: server.privateKey, certificate: server.certificate, authority: authority.certificate },
    doorway: { addresses: ['127.0.0.1'], port: 0, label: '' },
    log: createLog('silent'),
    limits: apiLimits,
    version: '1',
    healthy: async () => {},
  })
  const { socket, closed } = await rawConnection(await api.bind())
  await api.open()
  const head = ['POST /nowhere HTTP/1.1', 'host: x', 'connection: close', 'content-type: application/json']
  socket.write(`${head.join('\r\n')}\r\ncontent-length: 1\r\n\r\nx`)
  expect(await closed).toMatch(/^HTTP\/1\.1 400 [^]*"code":"bad-request"/)
  await api.stop()
})

it('lets requests wait that come before it is open', async () => {
  const { server } = certificates
  const api = createPeopleApi({
    identity: { key: server.privateKey, certificate: server.certificate, authority: authority.certificate },
    doorway: { addresses: ['127.0.0.1'], port: 0, label: '' },
    log: createLog('silent'),
    limits: apiLimits,
    version: '1',
    healthy: async () => {},
  })
  const { socket, closed } = await rawConnection(await api.bind())
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  await api.open()
  expect(await closed).toContain('ok\n')
  await api.stop()
})
