import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { expect, it } from 'vitest'
import { peerFingerprint } from '../../../mothership/src/base/peer.ts'
import { ThrowawayAuthority } from '../../fakes/certificates.ts'

const authority = new ThrowawayAuthority('authority')
const server = authority.issue({ name: 'server' })
const client = authority.issue({ name: 'client' })

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'knows the certificate of a new session and of a resumed one, with %s',
  async (version) => {
    const seen: (string | null)[] = []
    const listening = createServer(
      {
        key: server.privateKey,
        cert: server.certificate,
        ca: authority.certificate,
        requestCert: true,
        maxVersion: version,
      },
      (socket) => {
        seen.push(peerFingerprint(socket))
        socket.end('x')
      },
    ).listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const { port } = listening.address() as AddressInfo
    const visit = async (session?: Buffer) => {
      const options = {
        port,
        host: '127.0.0.1',
        key: client.privateKey,
        cert: client.certificate,
        ca: authority.certificate,
      }
      const socket = connect(session ? { ...options, session } : options)
      const sessions: Buffer[] = []
      socket.on('session', (given) => sessions.push(given))
      socket.resume()
      await once(socket, 'secureConnect')
      const reused = socket.isSessionReused()
      await once(socket, 'close')
      return { reused, session: sessions[0] }
    }
    const first = await visit()
    const second = await visit(first.session)
    listening.close()
    expect(second.reused).toBe(true)
    expect(seen).toEqual([client.fingerprint, client.fingerprint])
  },
)
