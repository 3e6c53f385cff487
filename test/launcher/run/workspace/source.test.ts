import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { create } from 'tar'
import { expect, it } from 'vitest'
import type { JobSource } from '../../../../protocol/job.ts'
import { createDirectories, jobDirectories } from '../../../../launcher/src/run/workspace/directories.ts'
import { fetchGit } from '../../../../launcher/src/run/workspace/git.ts'
import { placeSource } from '../../../../launcher/src/run/workspace/source.ts'
import { ManualClock } from '../../../fakes/manual-clock.ts'
import { until } from '../../../fakes/until.ts'
import { keys } from '../world.ts'

const signal = new AbortController().signal

class World implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'source-'))
  readonly origin = join(this.root, 'origin')
  readonly directories = jobDirectories(this.root, '01JD0000000000000000000007')
  readonly clock = new ManualClock()
  downloads: (() => Readable)[] = []

  constructor() {
    mkdirSync(this.origin)
    writeFileSync(join(this.origin, 'mäin file.tf'), 'one')
  }

  packed(): Buffer {
    const tar = create({ cwd: this.origin, sync: true, gzip: true }, ['.']).read()
    return Buffer.from(tar ?? '')
  }

  async place(source: JobSource): Promise<void> {
    const owner = await createDirectories(this.directories)
    const download = async () => this.downloads.shift()?.() ?? Readable.from([])
    const job = { id: '01JD0000000000000000000007', run: '01JD0000000000000000000008', source, continues: null }
    const placing = placeSource({
      authorities: [],
      job,
      directories: this.directories,
      owner,
      control: { download },
      privateKey: keys.privateKey,
      clock: this.clock,
      signal,
    })
    let over = false
    const watched = placing.finally(() => (over = true))
    watched.catch(() => {})
    while (!over) {
      await until('a pause or the end', () => over || this.clock.sleeping.length > 0)
      await this.clock.advance(60_000)
    }
    await watched
  }

  git(...args: string[]): string {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@b.example']
    return execFileSync('git', [...who, ...args], { cwd: this.origin })
      .toString()
      .trim()
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

function archive(bytes: Buffer): JobSource {
  return { kind: 'archive', length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

it('unpacks an archive in place of the source', async () => {
  using world = new World()
  const packed = world.packed()
  world.downloads = [() => Readable.from([packed.subarray(0, 11), packed.subarray(11)])]
  await world.place(archive(packed))
  expect(readFileSync(join(world.directories.source, 'mäin file.tf'), 'utf8')).toBe('one')
})

it('begins again when a download breaks off or comes damaged, and gives up in the end', async () => {
  using world = new World()
  const packed = world.packed()
  const broken = () =>
    Readable.from(
      (function* () {
        yield packed.subarray(0, 20)
        throw new Error('reset')
      })(),
    )
  const short = () => Readable.from([packed.subarray(0, 40)])
  world.downloads = [broken, () => Readable.from([packed])]
  await world.place(archive(packed))
  expect(readdirSync(world.directories.source)).toEqual(['mäin file.tf'])
  world.downloads = [broken, broken, broken, broken]
  await expect(world.place(archive(packed))).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  world.downloads = [short, short, short, short]
  await expect(world.place(archive(packed))).rejects.toMatchObject({ code: expect.stringMatching(/^SOURCE_/) })
})

it('uses nothing of an archive that is another one', async () => {
  using world = new World()
  const packed = world.packed()
  const expected = archive(packed)
  writeFileSync(join(world.origin, 'other'), '')
  world.downloads = Array.from({ length: 4 }, () => () => Readable.from([world.packed()]))
  await expect(world.place(expected)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  expect(existsSync(world.directories.source)).toBe(false)
})

it('refuses what is no gzip or no tar', async () => {
  using world = new World()
  for (const bytes of [Buffer.from('neither'), gzipSync('no tar'.repeat(200))]) {
    world.downloads = [() => Readable.from([bytes])]
    await expect(world.place(archive(bytes))).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
  }
})

it('has an empty source if there is none', async () => {
  using world = new World()
  await world.place({ kind: 'none' })
  expect(readdirSync(world.directories.source)).toEqual([])
})

it('fetches a branch, a tag, a commit or the head with git, without its history', async () => {
  using world = new World()
  world.git('init', '-q', '-b', 'trunk')
  world.git('add', '.')
  world.git('commit', '-qm', 'one')
  const first = world.git('rev-parse', 'HEAD')
  world.git('tag', 'v1')
  writeFileSync(join(world.origin, 'mäin file.tf'), 'two')
  world.git('commit', '-qam', 'two')
  const url = `file://${world.origin}`
  const fetched = async (ref: string | null, commit: string | null) => {
    const into = mkdtempSync(join(world.root, 'into-'))
    await fetchGit({ kind: 'git', url, ref, commit }, { into, signal, protocols: ['file'] })
    return [readFileSync(join(into, 'mäin file.tf'), 'utf8'), existsSync(join(into, '.git'))]
  }
  expect(await fetched(null, null)).toEqual(['two', false])
  expect(await fetched('trunk', null)).toEqual(['two', false])
  expect(await fetched('v1', null)).toEqual(['one', false])
  expect(await fetched(null, first)).toEqual(['one', false])
  await expect(fetched('nowhere', null)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
})

it("reads nothing of the worker's disk with git, and takes no name for an option", async () => {
  using world = new World()
  world.git('init', '-q')
  const fetching = (url: string, ref: string | null = null) =>
    fetchGit({ kind: 'git', url, ref, commit: null }, { into: world.root, signal })
  await expect(fetching(`file://${world.origin}`)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  await expect(fetching(world.origin)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  await expect(fetching('ext::sh -c touch% /tmp/evil')).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
  await expect(fetching('--upload-pack=evil')).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
  await expect(fetching('https://a.example/b', '--evil')).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
})

it('shows no password of an address that cannot be reached', async () => {
  using world = new World()
  const fetching = fetchGit(
    { kind: 'git', url: 'http://me:hunter2@127.0.0.1:1/x.git', ref: null, commit: null },
    { into: world.root, signal },
  )
  await expect(fetching).rejects.toSatisfy((error) => !String(error).includes('hunter2'))
})
