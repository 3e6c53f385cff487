import { expect, it } from 'vitest'
import { makeLogger } from '../../../launcher/src/base/log.ts'
import { Disk, type Cleaner } from '../../../launcher/src/machine/disk.ts'
import type { Usage } from '../../../launcher/src/machine/file-system.ts'

const never = new AbortController().signal

/** Two file systems of which cleaners take away percents. */
function world(full: { own: number; engine: number }, sizes: Readonly<Record<string, number>>) {
  const used: Record<string, number> = { '/own': full.own, '/engine': full.engine }
  const lines: string[] = []
  const removed: [string, number][] = []
  const cleaner = (what: string, path: string): Cleaner => ({
    what,
    path: () => path,
    async clean(enough) {
      let count = 0
      for (; count < (sizes[what] ?? 0) && !(await enough()); count++) used[path] = (used[path] ?? 0) - 1
      return count
    },
  })
  const usage = (path: string): Usage | null =>
    path in used
      ? {
          path,
          device: path === '/own' ? 1 : 2,
          availableBytes: 2 ** 40,
          usedPercent: used[path] ?? 0,
          freeInodes: null,
          usedInodesPercent: 0,
        }
      : null
  const broken: Cleaner = { what: 'broken', path: () => '/own', clean: async () => Promise.reject(new Error('no')) }
  const disk = new Disk({
    paths: async () => ['/own', '/engine', '/elsewhere'],
    threshold: 90,
    cleaners: [broken, cleaner('images', '/engine'), cleaner('tools', '/own')],
    log: makeLogger({ level: 'debug', to: { write: (line) => void lines.push(line) } }),
    removed: (what, count) => removed.push([what, count]),
    look: async (path) => usage(path),
  })
  return { disk, used, removed, lines }
}

it('has room without cleaning below the threshold', async () => {
  const { disk, removed } = world({ own: 89, engine: 20 }, { images: 50, tools: 50 })
  expect(await disk.makeRoom(never)).toBe(null)
  expect(removed).toEqual([])
  expect(disk.usages.map(({ path, usedPercent }) => [path, usedPercent])).toEqual([
    ['/own', 89],
    ['/engine', 20],
  ])
})

it('cleans only what fills the disk that is short, until well below the threshold', async () => {
  const { disk, used } = world({ own: 20, engine: 93 }, { images: 50, tools: 50 })
  expect(await disk.makeRoom(never)).toBe(null)
  expect(used).toEqual({ '/own': 20, '/engine': 84 })
})

it('says why there is no room when all that could go is gone, whatever could not be cleaned', async () => {
  const { disk, removed, lines } = world({ own: 95, engine: 99 }, { images: 3, tools: 4 })
  expect(await disk.makeRoom(never)).toBe('the disk of /own is 91 % full, and 90 % is as much as it may be')
  expect(removed).toEqual([
    ['images', 3],
    ['tools', 4],
  ])
  expect(lines.join('')).toContain('could not be cleaned')
})

it('cleans once for all who ask meanwhile', async () => {
  const { disk, removed } = world({ own: 20, engine: 93 }, { images: 50 })
  expect(await Promise.all([disk.makeRoom(never), disk.makeRoom(never)])).toEqual([null, null])
  expect(removed.filter(([what]) => what === 'images')).toEqual([['images', 9]])
})

it('removes nothing more when it is to stop', async () => {
  const { disk, used } = world({ own: 20, engine: 93 }, { images: 50 })
  await disk.makeRoom(AbortSignal.abort())
  expect(used['/engine']).toBe(93)
})
