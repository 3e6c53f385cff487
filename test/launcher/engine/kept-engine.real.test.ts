import { expect, inject, it, onTestFinished } from 'vitest'
import { KeptEngine } from '../../../launcher/src/engine/kept-engine.ts'
import { DockerStore } from '../../../launcher/src/engine/docker-store.ts'
import { started, textOf } from '../../contract/engine.contract.ts'
import { startRegistry } from '../../contract/registry.ts'
import { copyImage, OwnDaemon } from '../../support/own-daemon.ts'
import '../../support/provided.ts'

const { socket, image } = inject('engine')
const never = new AbortController().signal
const quiet = { signal: never, progress: () => {} }
const mebibyte = 2 ** 20

function notes() {
  const said: string[] = []
  return {
    said,
    pulled: async (_id: string, name: string) => void said.push(`pulled ${name}`),
    used: async (name: string) => void said.push(`used ${name}`),
  }
}

it('lets a run that eats memory end alone, in a daemon whose memory is limited', async () => {
  const daemon = await OwnDaemon.start({ memoryBytes: 512 * mebibyte })
  // Registered first, so that it ends after the container is removed.
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  await copyImage(image, socket, daemon.socket)
  const address = `unix://${daemon.socket}`
  const store = new DockerStore(address)
  const engine = new KeptEngine(address, { store, notes: notes(), memoryBytes: 512 * mebibyte })
  const world = { engine, image, absent: '' }
  const eats = 'head -c 2000000000 /dev/zero | tail -c 1999999999 > /dev/null'
  const { output, id } = await started(world, eats, { network: 'none' })
  await textOf(output)
  const exit = await engine.wait(id, never)
  expect(exit).toMatchObject({ oomKilled: true })
  await engine.remove(id)
  expect(await daemon.answers()).toBe(true)
})

it('notes the images that a run brought, and removes one only when no container uses it', async () => {
  await using registry = await startRegistry()
  const name = `${registry.host}/good:1`
  const address = `unix://${socket}`
  const store = new DockerStore(address)
  const said = notes()
  const engine = new KeptEngine(address, { store, notes: said, memoryBytes: null })
  await engine.pull(name, quiet)
  const id = (await store.imageId(name, never)) ?? ''
  await engine.pull(name, quiet)
  expect(said.said).toEqual([`pulled ${name}`])

  const plan = { network: 'none' }
  const { id: container, output } = await started({ engine, image: name, absent: '' }, 'sleep 100', plan)
  const reading = textOf(output).catch(() => '')
  expect(said.said).toEqual([`pulled ${name}`, `used ${name}`])
  expect(await store.removeImage(id, never)).toBe('used')
  await engine.remove(container)
  await reading
  expect(await store.removeImage(id, never)).toBe('removed')
  expect(await store.removeImage(id, never)).toBe('missing')
  expect(await engine.present(name, never)).toBe(false)
})
