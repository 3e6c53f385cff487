import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, it, onTestFinished } from 'vitest'
import { LauncherError } from '../../launcher/src/base/errors.ts'
import { askRegistry } from '../../launcher/src/engine/registry.ts'
import { DockerEngine } from '../../launcher/src/engine/docker-engine.ts'
import { registryAuth } from '../../launcher/src/engine/registry-auth.ts'
import { account, startPrivateRegistry } from './private-registry.ts'
import '../support/provided.ts'

const signal = new AbortController().signal

async function world() {
  const directory = await mkdtemp(join(tmpdir(), 'docker-config-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const address = `unix://${inject('engine').socket}`
  const findAuth = registryAuth(directory)
  const write = (key: string, password: string) => {
    const auth = Buffer.from(`${account.username}:${password}`).toString('base64')
    return writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [key]: { auth } } }))
  }
  return { directory, address, findAuth, write, engine: new DockerEngine(address, { findAuth }) }
}

it('pulls from a registry with a login, by the credentials that are in the file now', async () => {
  await using registry = await startPrivateRegistry()
  const { engine, write, directory, address, findAuth } = await world()
  const image = `${registry.host}/${registry.repository}:1`
  const pull = async () => {
    const error: unknown = await engine.pull(image, { signal, progress: () => {} }).catch((reason: unknown) => reason)
    return error instanceof LauncherError ? `${error.code}: ${error.message}` : 'pulled'
  }
  expect(await pull()).toContain(
    `REGISTRY_REFUSED: cannot pull ${image} (without credentials: ${directory}/config.json has none for ${registry.host})`,
  )
  await write(registry.host, 'wrong-horse')
  const refused = await pull()
  expect(refused).toContain(`(with the credentials of "${registry.host}" in ${directory}/config.json)`)
  expect(refused).not.toContain('wrong-horse')
  await write(`https://${registry.host}/team`, account.password)
  expect(await askRegistry({ address, findAuth }, image, signal)).toMatch(/^sha256:/)
  expect(await pull()).toBe('pulled')
  expect(await engine.present(image, signal)).toBe(true)
})
