import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ulid } from 'ulid'
import { expect, it } from 'vitest'
import { DirectoryObjects } from '../../../mothership/src/objects/directory-objects.ts'
import { Secrets } from '../../../mothership/src/secrets/secrets.ts'
import { Sources } from '../../../mothership/src/stacks/sources.ts'
import { Stacks } from '../../../mothership/src/stacks/stacks.ts'
import { Store } from '../../../mothership/src/store/store.ts'

const person = { id: 'api::test', name: 'test' }

async function stackWorld(maxBytes = 1000) {
  const directory = await mkdtemp(join(tmpdir(), 'stacks-'))
  const clock = { at: 1_000_000, now: () => clock.at, sleep: () => Promise.resolve() }
  const store = await Store.open(join(directory, 'database'))
  const objects = new DirectoryObjects(join(directory, 'objects'))
  const secrets = new Secrets(new Uint8Array(32).fill(1))
  const parts = { store, objects, clock, secrets, newId: () => ulid() }
  const pool = (name: string) => {
    const record = {
      id: `id-${name}`,
      name,
      description: null,
      labels: [],
      space: 'root',
      driftDetectionRunLimit: null,
    }
    const dated = { ...record, certificate: '', fingerprint: name, certificateExpiresAt: 1, createdAt: 1, updatedAt: 1 }
    return store.transaction((tables) => tables.pools.insert(dated))
  }
  return {
    directory,
    clock,
    store,
    pool,
    stacks: new Stacks(parts),
    sources: new Sources({ ...parts, maxBytes }),
    stored: () => readdir(join(directory, 'objects', 'sources')).catch(() => []),
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const plain = 'name: My Net\nsource: none\n'

it('shows what a stack is, and of a secret only its checksum', async () => {
  await using world = await stackWorld()
  await world.pool('main')
  const view = await world.stacks.apply(
    'name: My Net\nsource: {git: {url: "https://me:hunter2@example.com/r.git", ref: main}}\nenvironment: {A: 1, ro_B: {secret: hunter2}}\nhooks: {before_plan: x}\n',
    {},
  )
  expect(view).toMatchObject({
    id: 'my-net',
    name: 'My Net',
    pool: 'id-main',
    space: 'root',
    managesState: true,
    source: { kind: 'git', url: 'https://example.com/r.git', ref: 'main' },
    hooks: { beforePlan: ['x'] },
    environment: [
      { name: 'A', value: '1', secret: false },
      {
        name: 'ro_B',
        value: null,
        secret: true,
        checksum: 'f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7',
      },
    ],
  })
  expect(await world.stacks.get('my-net')).toEqual(view)
  expect(await world.stacks.list()).toEqual([view])
  expect(await world.stacks.get('My Net')).toBeNull()
})

it('seals every secret before it reaches the disk, and opens it for a run', async () => {
  await using world = await stackWorld()
  await world.stacks.apply(
    'name: s\nsource: {git: "https://me:hunter2@example.com/r.git"}\nenvironment: {B: {secret: hunter2}}\nfiles: [{path: f, content: hunter2, secret: true}]\n',
    {},
  )
  const record = await world.store.read((tables) => tables.stacks.get('s'))
  expect(JSON.stringify(record)).not.toMatch(/hunter2|aHVudGVyMg/)
  for (const file of ['database', 'database-wal']) {
    expect(await readFile(join(world.directory, file), 'latin1')).not.toMatch(/hunter2|aHVudGVyMg/)
  }
  if (!record) throw new Error('no stack')
  expect(world.stacks.open(record.snapshot)).toMatchObject({
    source: { url: 'https://me:hunter2@example.com/r.git' },
    environment: [{ name: 'B', value: 'hunter2' }],
    files: [{ path: 'f', content: Buffer.from('hunter2').toString('base64') }],
  })
  const moved = { ...record.snapshot, id: 'other' }
  expect(() => world.stacks.open(moved)).toThrow('does not open')
})

it('replaces the stack of the same name and keeps its first date', async () => {
  await using world = await stackWorld()
  const first = await world.stacks.apply(plain, {})
  world.clock.at += 5000
  const second = await world.stacks.apply(`${plain}description: new\n`, {})
  expect(second).toMatchObject({ description: 'new', createdAt: first.createdAt, updatedAt: first.updatedAt + 5000 })
  expect(await world.stacks.list()).toHaveLength(1)
})

it('refuses a name whose id belongs to another stack, unless the id is meant', async () => {
  await using world = await stackWorld()
  await world.stacks.apply(plain, {})
  await expect(world.stacks.apply('name: my  net!\nsource: none\n', {})).rejects.toMatchObject({ code: 'conflict' })
  expect(await world.stacks.apply('name: Your Net\nid: my-net\nsource: none\n', {})).toMatchObject({ name: 'Your Net' })
})

it('finds the pool by name or id, takes the only one, and asks when there are several', async () => {
  await using world = await stackWorld()
  expect(await world.stacks.apply(plain, {})).toMatchObject({ pool: null })
  await world.pool('a')
  expect(await world.stacks.apply(plain, {})).toMatchObject({ pool: 'id-a' })
  await world.pool('b')
  await expect(world.stacks.apply(plain, {})).rejects.toThrow('there are several: a, b')
  for (const pool of ['b', 'id-b'])
    expect(await world.stacks.apply(`${plain}pool: ${pool}\n`, {})).toMatchObject({ pool: 'id-b' })
  await expect(world.stacks.apply(`${plain}pool: c\n`, {})).rejects.toThrow('there is no pool "c"')
})

it('needs the upload of a directory once, and keeps it until another comes', async () => {
  await using world = await stackWorld()
  await expect(world.stacks.apply('name: s', {})).rejects.toThrow('is to be uploaded first')
  await expect(world.stacks.apply('name: s', { source: 'none' })).rejects.toThrow('there is no upload none')
  const upload = await world.sources.upload(Readable.from(['one']))
  await expect(world.stacks.apply(plain, { source: upload.id })).rejects.toThrow('is none, but an archive was uploaded')
  const view = await world.stacks.apply('name: s', { source: upload.id })
  expect(view.source).toEqual({ kind: 'directory', url: null, ref: null, uploadedAt: 1_000_000 })
  expect((await world.stacks.apply('name: s\ndescription: x', {})).source).toEqual(view.source)
})

it('keeps an upload while a stack or a run needs it, and an hour at least', async () => {
  await using world = await stackWorld()
  const [old, present, unused] = [
    await world.sources.upload(Readable.from(['old'])),
    await world.sources.upload(Readable.from(['present'])),
    await world.sources.upload(Readable.from(['unused'])),
  ]
  await world.stacks.apply('name: s', { source: old.id })
  await world.store.transaction((tables) => tables.sources.hold(old.id, { kind: 'run', id: 'run1' }))
  await world.stacks.apply('name: s', { source: present.id })
  expect(await world.sources.sweep()).toBe(0)
  world.clock.at += 2 * 60 * 60 * 1000
  expect(await world.sources.sweep()).toBe(1)
  expect(await world.sources.read(unused.id)).toBeNull()
  await world.store.transaction((tables) => tables.sources.release({ kind: 'run', id: 'run1' }))
  expect(await world.sources.sweep()).toBe(1)
  expect(await world.stored()).toEqual([present.id])
  await world.stacks.remove('s', person)
  expect(await world.sources.sweep()).toBe(1)
})

it('answers an upload with its digest, and leaves nothing of one that is too large or broke', async () => {
  await using world = await stackWorld(10)
  const upload = await world.sources.upload(Readable.from([Buffer.from('0123456789')]))
  expect(upload).toMatchObject({
    length: 10,
    sha256: '84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',
  })
  const stream = await world.sources.read(upload.id)
  expect(stream && (await text(stream))).toBe('0123456789')
  await expect(
    world.sources.upload(Readable.from([Buffer.from('0123456789'), Buffer.from('x')])),
  ).rejects.toMatchObject({ code: 'too-large' })
  const broken = new Readable({ read() {} })
  const sent = world.sources.upload(broken)
  broken.destroy(new Error('connection lost'))
  await expect(sent).rejects.toThrow()
  expect(await world.stored()).toEqual([upload.id])
})
