import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { imageCleaner, leftoverCleaner, noteToolUse, toolCleaner } from '../../../launcher/src/machine/cleaners.ts'

const never = new AbortController().signal

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cleaners-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Is satisfied when it was asked so many times. */
const enoughAfter = (times: number) => {
  let asked = 0
  return async () => asked++ >= times
}

describe('images', () => {
  const world = (states: Readonly<Record<string, 'removed' | 'used' | 'missing'>>) => {
    const left = new Set(Object.keys(states))
    const asked: string[] = []
    const cleaner = imageCleaner({
      path: () => '/var/lib/docker',
      store: { removeImage: async (id) => (asked.push(id), states[id] ?? 'missing') },
      ledger: { leastRecent: async () => [...left], removed: async (id) => void left.delete(id) },
    })
    return { cleaner, left, asked }
  }

  it('go one after the other until there is room', async () => {
    const { cleaner, left } = world({ a: 'removed', b: 'removed', c: 'removed' })
    expect(await cleaner.clean(enoughAfter(2), never)).toBe(2)
    expect([...left]).toEqual(['c'])
  })

  it('stay and are remembered while a container uses them, and are forgotten when somebody else removed them', async () => {
    const { cleaner, left } = world({ a: 'used', b: 'missing', c: 'removed' })
    expect(await cleaner.clean(enoughAfter(9), never)).toBe(1)
    expect([...left]).toEqual(['a'])
  })
})

describe('tools', () => {
  const world = async () => {
    const directory = await temporary()
    const now = Date.UTC(2026, 10, 20)
    const version = async (tool: string, name: string, hoursAgo: number) => {
      const path = join(directory, tool, name)
      await mkdir(path, { recursive: true })
      await writeFile(join(path, tool), 'x')
      await utimes(path, now / 1000, now / 1000 - hoursAgo * 3600)
      return path
    }
    const left = async () =>
      (await Promise.all((await readdir(directory)).map((tool) => readdir(join(directory, tool))))).flat().sort()
    const cleaner = toolCleaner({ directory, path: directory, unusedMs: 2 * 3_600_000, now: () => now })
    return { version, left, cleaner, now }
  }

  it('that no job took for longer than a job lasts go, the oldest first', async () => {
    const { version, left, cleaner } = await world()
    await version('tofu', '1.8.0', 50)
    await version('tofu', '1.9.0', 1)
    await version('terraform', '1.5.7', 20)
    expect(await cleaner.clean(enoughAfter(1), never)).toBe(1)
    expect(await left()).toEqual(['1.5.7', '1.9.0'])
    expect(await cleaner.clean(enoughAfter(9), never)).toBe(1)
    expect(await left()).toEqual(['1.9.0'])
  })

  it('stay when they were used just now', async () => {
    const { version, left, cleaner, now } = await world()
    await noteToolUse(await version('tofu', '1.8.0', 50), now)
    expect(await cleaner.clean(enoughAfter(9), never)).toBe(0)
    expect(await left()).toEqual(['1.8.0'])
  })

  it('are none where there is no such directory', async () => {
    const cleaner = toolCleaner({ directory: '/not/there', path: '/', unusedMs: 1, now: () => 0 })
    expect(await cleaner.clean(enoughAfter(9), never)).toBe(0)
  })
})

it('removes directories of jobs that no journal knows', async () => {
  const directory = await temporary()
  await mkdir(join(directory, 'jobs', 'left'), { recursive: true })
  await mkdir(join(directory, 'jobs', 'known'))
  await mkdir(join(directory, 'journal'))
  await writeFile(join(directory, 'journal', 'known.jsonl'), '')
  const removed: string[] = []
  const cleaner = leftoverCleaner({ directory, remove: async (job) => void removed.push(job) })
  expect(await cleaner.clean(enoughAfter(9), never)).toBe(1)
  expect(removed).toEqual(['left'])
})
