import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { maxFileBytes } from '../../../../protocol/job.ts'
import { mountFiles } from '../../../../launcher/src/run/workspace/mounted-files.ts'

class World implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'files-'))
  readonly workspace = join(this.root, 'workspace')

  constructor() {
    mkdirSync(join(this.workspace, 'source'), { recursive: true })
  }

  mount(files: Record<string, string | Buffer>, secret = false): Promise<void> {
    const { uid, gid } = statSync(this.root)
    const all = Object.entries(files).map(([path, content]) => ({
      path,
      content: Buffer.from(content).toString('base64'),
      secret,
    }))
    return mountFiles(this.workspace, all, { uid, gid })
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

it('puts files over those of the source, and makes the directories on their way', async () => {
  using world = new World()
  writeFileSync(join(world.workspace, 'source', 'a'), 'old', { mode: 0o444 })
  await world.mount({ 'source/a': 'new', 'a b/ü/c': 'x', empty: '' })
  expect(['source/a', 'a b/ü/c', 'empty'].map((path) => readFileSync(join(world.workspace, path), 'utf8'))).toEqual([
    'new',
    'x',
    '',
  ])
})

it('lets nobody but the runner read a secret one', async () => {
  using world = new World()
  await world.mount({ open: '' })
  await world.mount({ closed: '' }, true)
  expect(['open', 'closed'].map((name) => statSync(join(world.workspace, name)).mode & 0o777)).toEqual([0o644, 0o600])
})

it('refuses all that is wrong at once, and then writes nothing', async () => {
  using world = new World()
  symlinkSync(world.root, join(world.workspace, 'link'))
  const files = {
    good: '',
    '../up': '',
    '/absolute': '',
    'a/../../b': '',
    '': '',
    'nul\0': '',
    'link/evil': '',
    source: '',
    big: Buffer.alloc(maxFileBytes + 1),
  }
  const refusal = await world.mount(files).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'FILE_REFUSED' })
  for (const path of Object.keys(files).filter((name) => name !== 'good'))
    expect(String(refusal)).toContain(`${JSON.stringify(path)}:`)
  expect([existsSync(join(world.workspace, 'good')), existsSync(join(world.root, 'evil'))]).toEqual([false, false])
})

it('replaces a symbolic link, and never writes through it', async () => {
  using world = new World()
  writeFileSync(join(world.root, 'outside'), 'untouched')
  symlinkSync(join(world.root, 'outside'), join(world.workspace, 'file'))
  await world.mount({ file: 'inside' })
  expect([
    readFileSync(join(world.root, 'outside'), 'utf8'),
    readFileSync(join(world.workspace, 'file'), 'utf8'),
  ]).toEqual(['untouched', 'inside'])
})
