import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, it, onTestFinished } from 'vitest'
import { DockerEngine } from '../../../launcher/src/engine/docker-engine.ts'
import { started, textOf } from '../../contract/engine.contract.ts'
import { ThrowawayAuthority } from '../../fakes/certificates.ts'
import { copyImage } from '../../support/own-daemon.ts'
import { certificates, verifyingDaemon } from '../../support/verifying-daemon.ts'
import '../../support/provided.ts'

const { socket, image } = inject('engine')
const never = new AbortController().signal

it('reaches a daemon that verifies its clients, and tells whose certificate it is about when one of the two does not believe', async () => {
  const [ours, theirs] = [new ThrowawayAuthority('ours'), new ThrowawayAuthority('theirs')]
  const good = await certificates(ours)
  const { daemon, address } = await verifyingDaemon(ours)
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  const at = (directory: string | null) => new DockerEngine({ address, certificates: directory })
  const failure = (engine: DockerEngine) =>
    engine.info(never).then(
      () => 'none',
      (error: unknown) => error,
    )

  const engine = at(good)
  expect((await engine.info(never)).version).toMatch(/^\d+\./)
  await copyImage(image, socket, daemon.socket)
  const { output, id } = await started({ engine, image, absent: '' }, 'echo by TLS; exit 7')
  expect(await textOf(output)).toBe('by TLS\n')
  expect(await engine.wait(id, never)).toMatchObject({ exitCode: 7 })

  expect(await failure(at(await certificates(ours, theirs.certificate)))).toMatchObject({
    code: 'ENGINE_UNREACHABLE',
    message: expect.stringContaining(`TLS with the Docker engine at ${address} fails`) as string,
  })
  expect(await failure(at(await certificates(theirs, ours.certificate)))).toMatchObject({
    code: 'ENGINE_UNREACHABLE',
    message: expect.stringContaining(`TLS with the Docker engine at ${address} fails`) as string,
  })
  expect(await failure(at('/not/there'))).toMatchObject({
    code: 'CONFIGURATION',
    message: 'DOCKER_CERT_PATH: cannot read /not/there/ca.pem (ENOENT)',
  })
  expect(await failure(at(null))).toMatchObject({
    code: 'CONFIGURATION',
    message: expect.stringContaining('if it wants TLS, set DOCKER_CERT_PATH') as string,
  })

  // What renews certificates needs no restart.
  const renewed = await certificates(theirs, theirs.certificate)
  const late = at(renewed)
  expect(await failure(late)).toMatchObject({ code: 'ENGINE_UNREACHABLE' })
  const fresh = ours.issue({ name: 'renewed' })
  await writeFile(join(renewed, 'ca.pem'), ours.certificate)
  await writeFile(join(renewed, 'cert.pem'), fresh.certificate)
  await writeFile(join(renewed, 'key.pem'), fresh.privateKey)
  expect((await late.info(never)).version).toMatch(/^\d+\./)
})
