import { expect, it } from 'vitest'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import { explained } from '../../../launcher/src/run/mounts.ts'

const mounts = ['/', '/data', '/data/a b'].map((source) => ({
  source,
  target: '/t',
  access: 'both' as const,
  setting: 'SETTING',
}))
const refused = (words: string) => new LauncherError('ENGINE_FAILED', `cannot create the container: ${words}`)

it.each([
  ['bind source path does not exist: /data/a b', '/data/a b'],
  ['bind source path does not exist: /data', '/data'],
  ['error mounting "/data" to rootfs at "/t": not a directory', '/data'],
  ['stat /data: permission denied', '/data'],
])('says whose mount it is that is refused as %j', (words, source) => {
  const error = explained(refused(words), mounts)
  expect(error).toMatchObject({ code: 'MOUNT_REFUSED' })
  expect(String(error)).toContain(
    `SETTING: the engine cannot mount ${source} at /t: cannot create the container: ${words}`,
  )
})

it.each(['bind source path does not exist: /data/b', 'no /such/data', 'no space left on device'])(
  'leaves %j as it is',
  (words) => {
    const error = refused(words)
    expect(explained(error, mounts)).toBe(error)
  },
)
