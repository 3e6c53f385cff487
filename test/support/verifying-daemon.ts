import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ThrowawayAuthority } from '../fakes/certificates.ts'
import { freePorts } from './free-ports.ts'
import { OwnDaemon } from './own-daemon.ts'

/** A directory with a certificate of an authority, and of whom it trusts, as Docker's own client has it. Goes with the test. */
export async function certificates(
  authority: ThrowawayAuthority,
  trusted: string = authority.certificate,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'certificates-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const { certificate, privateKey } = authority.issue({ name: 'docker' })
  await writeFile(join(directory, 'ca.pem'), trusted)
  await writeFile(join(directory, 'cert.pem'), certificate)
  await writeFile(join(directory, 'key.pem'), privateKey)
  return directory
}

/** A real dockerd that listens on loopback too, and takes only clients with a certificate of this authority. */
export async function verifyingDaemon(authority: ThrowawayAuthority) {
  const directory = await certificates(authority)
  const [port = 0] = await freePorts(1)
  const pem = (name: string) => join(directory, `${name}.pem`)
  const verified = ['--tlsverify', `--tlscacert=${pem('ca')}`, `--tlscert=${pem('cert')}`, `--tlskey=${pem('key')}`]
  const address = `tcp://127.0.0.1:${port}`
  return { address, daemon: await OwnDaemon.start({ words: [`--host=${address}`, ...verified] }) }
}
