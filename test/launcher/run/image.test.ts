import { expect, it } from 'vitest'
import { LauncherError, type FailureCode } from '../../../launcher/src/base/errors.ts'
import { bringImage } from '../../../launcher/src/run/image.ts'

function world(present: boolean, fails?: FailureCode) {
  const pulled: string[] = []
  const lines: string[] = []
  const engine = {
    present: async () => present,
    pull: async (image: string) => {
      pulled.push(image)
      if (fails) throw new LauncherError(fails, 'It said no.')
    },
  }
  const bring = (image: string) =>
    bringImage({ engine, image, signal: new AbortController().signal, say: (line) => lines.push(line) })
  return { bring, pulled, lines }
}

it.each([
  ['runner:1', false],
  ['host:5000/runner:1', false],
  ['runner@sha256:0', false],
  ['runner', true],
  ['host:5000/runner', true],
  ['host:5000/runner:latest', true],
])('asks for %s, of which there is a copy, again: %s', async (image, asks) => {
  const { bring, pulled } = world(true)
  await bring(image)
  expect(pulled).toEqual(asks ? [image] : [])
})

it('pulls what is not there', async () => {
  const { bring, pulled } = world(false)
  await bring('runner:1')
  expect(pulled).toEqual(['runner:1'])
})

it('makes do with a copy if the registry says no, and says so, but not if the engine fails', async () => {
  const { bring, lines } = world(true, 'REGISTRY_UNREACHABLE')
  await bring('runner')
  expect(lines).toEqual([expect.stringContaining("this worker's copy")])
  await expect(world(true, 'ENGINE_FAILED').bring('runner')).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  await expect(world(false, 'REGISTRY_REFUSED').bring('runner')).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' })
})
