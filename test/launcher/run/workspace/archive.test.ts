import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Header } from 'tar'
import { describe, expect, it } from 'vitest'
import { LauncherError } from '../../../../launcher/src/base/errors.ts'
import { unpackTar } from '../../../../launcher/src/run/workspace/archive.ts'

interface Entry {
  readonly path: string
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'FIFO' | 'CharacterDevice'
  readonly linkpath?: string
  readonly content?: string
  readonly mode?: number
}

/** A tar, byte by byte, so that it can say what no packer would. */
function tarOf(entries: readonly Entry[]): Buffer {
  const pieces = entries.flatMap(({ path, type = 'File', linkpath, content = '', mode = 0o644 }) => {
    const body = Buffer.from(content)
    const header = new Header({
      path,
      type,
      mode,
      size: body.length,
      mtime: new Date(0),
      ...(linkpath ? { linkpath } : {}),
    })
    const block = Buffer.alloc(512)
    header.encode(block)
    return [block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
  })
  return Buffer.concat([...pieces, Buffer.alloc(1024)])
}

class World implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'archive-'))
  readonly into = join(this.root, 'into')

  constructor() {
    mkdirSync(this.into)
  }

  async unpack(tar: Buffer, symlinks: 'inside' | 'any' = 'inside'): Promise<void> {
    async function* bytes() {
      yield tar
    }
    const { uid, gid } = lstatSync(this.into)
    const refuse = (why: string) => new LauncherError('SOURCE_REFUSED', why)
    await unpackTar(bytes(), { into: this.into, owner: { uid, gid }, symlinks, refuse })
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

describe('an archive', () => {
  it.each<[string, Entry[]]>([
    ['climbs out', [{ path: '../evil' }]],
    ['climbs out in the middle', [{ path: 'a/../../evil' }]],
    ['is absolute', [{ path: '/tmp/evil' }]],
    ['is a symbolic link to above', [{ path: 'link', type: 'SymbolicLink', linkpath: '../out' }]],
    ['is a symbolic link to above from below', [{ path: 'a/b/link', type: 'SymbolicLink', linkpath: '../../../out' }]],
    ['is an absolute symbolic link', [{ path: 'link', type: 'SymbolicLink', linkpath: '/etc/passwd' }]],
    ['is a hard link to above', [{ path: 'link', type: 'Link', linkpath: '../out' }]],
    ['is an absolute hard link', [{ path: 'link', type: 'Link', linkpath: '/etc/passwd' }]],
    ['is a hard link to nothing of it', [{ path: 'link', type: 'Link', linkpath: 'elsewhere' }]],
    ['is a pipe', [{ path: 'pipe', type: 'FIFO' }]],
    ['is a device', [{ path: 'device', type: 'CharacterDevice' }]],
  ])('is refused when an entry %s', async (_, entries) => {
    using world = new World()
    await expect(world.unpack(tarOf([...entries]))).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
    expect([readdirSync(world.root), existsSync('/tmp/evil')]).toEqual([['into'], false])
  })

  it.each(['inside', 'any'] as const)('writes nothing through a symbolic link (%s)', async (symlinks) => {
    using world = new World()
    const link: Entry = { path: 'link', type: 'SymbolicLink', linkpath: symlinks === 'any' ? world.root : '.' }
    await expect(world.unpack(tarOf([link, { path: 'link/evil', content: 'x' }]), symlinks)).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
    })
    await expect(
      world.unpack(
        tarOf([
          { ...link, path: 'other' },
          { path: 'other/evil', type: 'SymbolicLink', linkpath: 'x' },
        ]),
        symlinks,
      ),
    ).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
    expect(readdirSync(world.root)).toEqual(['into'])
  })

  it('makes no hard link to what a symbolic link leads to', async () => {
    using world = new World()
    const entries: Entry[] = [
      { path: 'out', type: 'SymbolicLink', linkpath: '/etc' },
      { path: 'passwd', type: 'Link', linkpath: 'out/passwd' },
    ]
    await expect(world.unpack(tarOf(entries), 'any')).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
  })

  it('is refused when it is no tar, or cut within a file', async () => {
    using world = new World()
    await expect(world.unpack(Buffer.from('no tar at all'.repeat(100)))).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
    })
    const cut = tarOf([{ path: 'a', content: 'x'.repeat(2000) }]).subarray(0, 1024)
    await expect(world.unpack(cut)).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
  })

  it('keeps links that stay inside, and modes', async () => {
    using world = new World()
    await world.unpack(
      tarOf([
        { path: 'a/', type: 'Directory', mode: 0o755 },
        { path: 'a/file', content: 'x', mode: 0o755 },
        { path: 'a/hard', type: 'Link', linkpath: 'a/file' },
        { path: 'b/link', type: 'SymbolicLink', linkpath: '../a/file' },
      ]),
    )
    expect(lstatSync(join(world.into, 'a/hard')).nlink).toBe(2)
    expect(lstatSync(join(world.into, 'a/file')).mode & 0o777).toBe(0o755)
    expect(lstatSync(join(world.into, 'b/link')).isSymbolicLink()).toBe(true)
  })
})
