import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { openWorkspace, sealWorkspace } from '../../../../launcher/src/run/workspace/sealed-workspace.ts'
import { keys } from '../world.ts'

const run = '01JD0000000000000000000002'

/** Whom the files are given to: the runner's user if this process may. */
const owner =
  process.getuid?.() === 0 ? { uid: 1983, gid: 1983 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

class World implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'sealed-'))
  readonly from = join(this.root, 'from')
  readonly to = join(this.root, 'to')
  readonly staging = join(this.root, 'staging')

  constructor() {
    mkdirSync(this.from)
  }

  async sealed(): Promise<Buffer> {
    const { bytes, sent } = sealWorkspace(this.from, { publicKey: keys.publicKey, run })
    const pieces: Buffer[] = []
    for await (const piece of bytes) pieces.push(piece as Buffer)
    const all = Buffer.concat(pieces)
    expect(sent().length).toBe(all.length)
    return all
  }

  open(sealed: Buffer, size = 65_536): Promise<void> {
    const pieces = Array.from({ length: Math.ceil(sealed.length / size) }, (_, index) =>
      sealed.subarray(index * size, (index + 1) * size),
    )
    return openWorkspace(Readable.from(pieces), this.to, {
      privateKey: keys.privateKey,
      run,
      owner,
      staging: this.staging,
    })
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

it('brings back content, modes, times, links and names as they were', async () => {
  using world = new World()
  const deep = join(world.from, 'ein schöner Ordner', '日本語')
  mkdirSync(deep, { recursive: true })
  writeFileSync(join(deep, 'ü "quoted" \\ file'), 'content')
  chmodSync(join(deep, 'ü "quoted" \\ file'), 0o775)
  utimesSync(join(deep, 'ü "quoted" \\ file'), 1_700_000_000, 1_700_000_000)
  linkSync(join(deep, 'ü "quoted" \\ file'), join(world.from, 'hard'))
  symlinkSync('/plugins/outside', join(world.from, 'absolute'))
  symlinkSync('../..', join(deep, 'up'))
  mkdirSync(join(world.from, 'read only'))
  writeFileSync(join(world.from, 'read only', 'x'), '')
  chmodSync(join(world.from, 'read only'), 0o555)
  utimesSync(join(world.from, 'read only'), 1_700_000_000, 1_700_000_000)
  await world.open(await world.sealed())
  const file = join(world.to, 'ein schöner Ordner', '日本語', 'ü "quoted" \\ file')
  expect(readFileSync(file, 'utf8')).toBe('content')
  expect([statSync(file).mode & 0o7777, statSync(file).mtimeMs, statSync(file).uid]).toEqual([
    0o775,
    1_700_000_000_000,
    owner.uid,
  ])
  expect(statSync(join(world.to, 'hard')).ino).toBe(statSync(file).ino)
  expect(readlinkSync(join(world.to, 'absolute'))).toBe('/plugins/outside')
  expect(readlinkSync(join(world.to, 'ein schöner Ordner', '日本語', 'up'))).toBe('../..')
  const closed = statSync(join(world.to, 'read only'))
  expect([closed.mode & 0o777, closed.mtimeMs]).toEqual([0o555, 1_700_000_000_000])
})

it('keeps every name, wherever the stream is cut', async () => {
  using world = new World()
  const names = Array.from({ length: 300 }, (_, index) => `${'ü日'.repeat(30)}${index}`)
  for (const name of names) writeFileSync(join(world.from, name), name)
  const sealed = await world.sealed()
  await world.open(sealed, 97)
  expect(names.filter((name) => !existsSync(join(world.to, name)))).toEqual([])
})

it('shows nothing of a file that is cut short, and leaves what was there', async () => {
  using world = new World()
  writeFileSync(join(world.from, 'new'), Buffer.alloc(3_000_000, 'x'))
  mkdirSync(world.to)
  writeFileSync(join(world.to, 'old'), '')
  const sealed = await world.sealed()
  for (const length of [0, 100, 400, sealed.length - 1]) {
    await expect(world.open(sealed.subarray(0, length))).rejects.toMatchObject({ code: 'WORKSPACE_UNREADABLE' })
    expect([existsSync(join(world.to, 'old')), existsSync(join(world.to, 'new'))]).toEqual([true, false])
  }
})

it('is sealed with memory that does not grow with it', async () => {
  using world = new World()
  const block = Buffer.alloc(8 * 1024 * 1024, 'a block')
  const most = async () => {
    let bytesHeld = 0
    const before = process.memoryUsage().arrayBuffers
    for await (const _ of sealWorkspace(world.from, { publicKey: keys.publicKey, run }).bytes) {
      bytesHeld = Math.max(bytesHeld, process.memoryUsage().arrayBuffers - before)
    }
    return bytesHeld
  }
  for (let index = 0; index < 2; index++) writeFileSync(join(world.from, `file ${index}`), block)
  const small = await most()
  for (let index = 2; index < 30; index++) writeFileSync(join(world.from, `file ${index}`), block)
  expect(await most()).toBeLessThan(small + 64 * 1024 * 1024)
})
