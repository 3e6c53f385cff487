import { describe, expect, it } from 'vitest'
import { load } from '../../../launcher/src/config/load.ts'
import { setMounts } from '../../../launcher/src/config/mounts.ts'

const given = { SPACELIFT_TOKEN: 'the token', SPACELIFT_POOL_PRIVATE_KEY: 'the key' }
const all = 'SPACELIFT_WORKER_EXTRA_MOUNTS'
const reading = 'SPACELIFT_WORKER_RO_EXTRA_MOUNTS'
const writing = 'SPACELIFT_WORKER_WO_EXTRA_MOUNTS'
const problemsOf = (env: Readonly<Record<string, string>>) => load({ ...given, ...env }).problems

describe('mounts', () => {
  it('are pairs of absolute paths, each for jobs of its kind', () => {
    const { config } = load({
      ...given,
      [all]: ' /a:/b/ ,/a b//c/../d:/x ',
      [reading]: '/r:/same',
      [writing]: '/w:/same,',
    })
    expect(setMounts(config ?? {})).toEqual([
      { source: '/a', target: '/b', setting: all, access: 'both' },
      { source: '/a b/d', target: '/x', setting: all, access: 'both' },
      { source: '/r', target: '/same', setting: reading, access: 'read' },
      { source: '/w', target: '/same', setting: writing, access: 'write' },
    ])
  })

  it.each(['relative:/x', '/x', '/x:/y:ro', ':/y', '/x:', '/x:y', 'C:\\x:/y'])(
    'name %j, if that is one of theirs',
    (entry) => {
      expect(problemsOf({ [all]: `/good:/good,${entry}` })).toEqual([
        `${all}: expected /path:/path/in/container, several of them separated by commas, got ${JSON.stringify(entry)}`,
      ])
    },
  )

  it.each([
    ['/', '/mnt/workspace'],
    ['/mnt', '/mnt/workspace'],
    ['/mnt/workspace/', '/mnt/workspace'],
    ['/mnt/workspace/source', '/mnt/workspace/source'],
    ['/var', '/var/spacelift'],
    ['/var/spacelift/run.sh', '/var/spacelift'],
    ['/opt/x/../spacelift', '/opt/spacelift/binaries'],
    ['/opt/spacelift/binaries/tofu', '/opt/spacelift/binaries'],
  ])('are refused at %s, because it would hide %s', (target, hidden) => {
    expect(problemsOf({ [writing]: `/a:${target}` })).toEqual([
      expect.stringContaining(`would hide ${hidden}, which runs need`),
    ])
  })

  it('may be below the workspace, or beside what runs need', () => {
    const targets = [
      '/mnt/workspace/cache',
      '/mnt/workspace/source/.terraform',
      '/mnt/other',
      '/var/spacelift2',
      '/opt/a',
    ]
    expect(problemsOf({ [all]: targets.map((target) => `/a:${target}`).join(',') })).toEqual([])
  })

  it('are refused if two of them meet', () => {
    expect(problemsOf({ [all]: '/a:/x,/b:/x/', [writing]: '/c:/x' })).toEqual([
      `${all}: /b and /a (${all}) are both mounted at /x`,
      `${writing}: /c and /a (${all}) are both mounted at /x`,
    ])
  })
})
