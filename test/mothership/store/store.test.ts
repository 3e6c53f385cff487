import { mkdtemp, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Store } from '../../../mothership/src/store/store.ts'

const made: string[] = []
afterAll(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))))

async function newPath(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'store-'))
  made.push(path)
  return join(path, 'mothership.db')
}

const key = (id: string) => ({ id, name: 'n', hash: 'h', createdAt: 1 })

it('keeps what was committed over a restart, and migrates once', async () => {
  const path = await newPath()
  const first = await Store.open(path)
  await first.transaction((tables) => tables.keys.insert(key('a')))
  await first.close()
  const second = await Store.open(path)
  expect(await second.read((tables) => tables.keys.list())).toEqual([key('a')])
  await second.close()
})

it('takes back a transaction that fails, with the reason that it failed for', async () => {
  const store = await Store.open(':memory:')
  const failing = store.transaction(async (tables) => {
    await tables.keys.insert(key('a'))
    throw new Error('changed its mind')
  })
  await expect(failing).rejects.toThrow('changed its mind')
  expect(await store.read((tables) => tables.keys.list())).toEqual([])
  await store.close()
})

it('does one transaction after the other, whatever is asked at once', async () => {
  const store = await Store.open(':memory:')
  await store.transaction((tables) => tables.states.setLock(lock(0)))
  const increments = Array.from({ length: 50 }, () =>
    store.transaction(async (tables) => {
      const before = await tables.states.lock('counter')
      await tables.states.removeLock('counter')
      await tables.states.setLock(lock((before?.createdAt ?? 0) + 1))
    }),
  )
  await Promise.all(increments)
  expect((await store.read((tables) => tables.states.lock('counter')))?.createdAt).toBe(50)
  await store.close()
})

function lock(createdAt: number) {
  return { stack: 'counter', id: 'x', who: '', operation: '', info: '', run: null, createdAt }
}

it('refuses the database of a newer program and leaves it as it is', async () => {
  const path = await newPath()
  await (await Store.open(path)).close()
  const database = new DatabaseSync(path)
  database.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '')")
  database.close()
  await expect(Store.open(path)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('9999-later') as string,
  })
})

it('says that the database is unavailable when another program has it', async () => {
  const path = await newPath()
  const store = await Store.open(path)
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  await expect(store.transaction((tables) => tables.keys.insert(key('a')))).rejects.toMatchObject({
    name: 'Refusal',
    code: 'unavailable',
  })
  other.exec('ROLLBACK')
  await store.transaction((tables) => tables.keys.insert(key('a')))
  other.close()
  await store.close()
})
