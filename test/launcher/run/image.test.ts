import { describe, expect, it } from 'vitest'
import { LauncherError, type FailureCode } from '../../../launcher/src/base/errors.ts'
import { bringImage, refuseForeignImage } from '../../../launcher/src/run/image.ts'
import type { PullPolicy } from '../../../launcher/src/run/run.ts'

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
  const bring = (image: string, policy: PullPolicy = 'always') =>
    bringImage({ engine, image, policy, signal: new AbortController().signal, say: (line) => lines.push(line) })
  return { bring, pulled, lines }
}

describe('bringImage', () => {
  it.each([
    ['always', 'runner:1', true],
    ['always', 'host:5000/runner', true],
    ['always', 'runner@sha256:0', false],
    ['if-not-present', 'runner', false],
    ['never', 'runner', false],
  ] as const)('with the policy %s asks for %s, of which there is a copy, again: %s', async (policy, image, asks) => {
    const { bring, pulled } = world(true)
    await bring(image, policy)
    expect(pulled).toEqual(asks ? [image] : [])
  })

  it.each(['always', 'if-not-present'] as const)('with the policy %s pulls what is not there', async (policy) => {
    const { bring, pulled } = world(false)
    await bring('runner@sha256:0', policy)
    expect(pulled).toEqual(['runner@sha256:0'])
  })

  it('with the policy never pulls nothing, and says so', async () => {
    const { bring, pulled } = world(false)
    await expect(bring('runner:1', 'never')).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: 'This worker has no copy of runner:1, and is set never to pull one',
    })
    expect(pulled).toEqual([])
  })

  it.each(['REGISTRY_UNREACHABLE', 'REGISTRY_REFUSED', 'IMAGE_NOT_FOUND', 'REGISTRY_LOGIN_FAILED'] as const)(
    'makes do with a copy if it meets %s, and says so in one line',
    async (code) => {
      const { bring, lines } = world(true, code)
      await bring('runner')
      expect(lines).toEqual(["The image could not be pulled, so this worker's copy of it is used: It said no."])
      await expect(world(false, code).bring('runner')).rejects.toMatchObject({ code })
    },
  )

  it('does not make do with a copy if the engine fails', async () => {
    await expect(world(true, 'ENGINE_FAILED').bring('runner')).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
  })
})

describe('refuseForeignImage', () => {
  const refuse = (image: string, allowedImageHosts: readonly string[] | null) => {
    try {
      refuseForeignImage(image, { allowedImageHosts })
      return 'allowed'
    } catch (error) {
      return error instanceof LauncherError ? `${error.code}: ${error.message}` : 'a bug'
    }
  }

  it.each([
    ['runner', null],
    ['runner', ['docker.io']],
    ['me/runner:1', ['other.example', 'index.docker.io']],
    ['registry.example:5000/x', ['Registry.example:5000']],
    ['1.dkr.ecr.eu-west-1.amazonaws.com/x', ['*.dkr.ecr.eu-west-1.amazonaws.com']],
  ] as const)('lets %s pass where %j may be used', (image, hosts) => expect(refuse(image, hosts)).toBe('allowed'))

  it.each([
    ['evil.example/x', ['registry.example']],
    ['registry.example:5000/x', ['registry.example']],
    ['registry.example/docker.io/x', ['docker.io']],
    ['notexample.com/x', ['*.example.com']],
    ['.example.com/x', ['*.example.com']],
    ['example.com/x', ['*.example.com']],
    ['registry.example@evil.example/x', ['registry.example']],
    ['No Name', ['docker.io']],
    ['runner', []],
  ] as const)('refuses %s where %j may be used', (image, hosts) =>
    expect(refuse(image, hosts)).toMatch('IMAGE_REFUSED'),
  )

  it('says which host it is, and which are allowed', () => {
    expect(refuse('runner', ['a.example', '*.b.example'])).toBe(
      'IMAGE_REFUSED: The image runner is from docker.io (docker.io/library/runner:latest), which this worker does not allow; allowed here: a.example, *.b.example',
    )
  })
})
