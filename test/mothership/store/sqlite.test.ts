import { expect, it } from 'vitest'
import { NodeSqlite } from '../../../mothership/src/store/sqlite.ts'

it('takes it well that a transaction is to be rolled back which SQLite has rolled back itself, as it does on a full disk', () => {
  const database = new NodeSqlite(':memory:')
  const run = (sql: string) => database.prepare(sql).run([])
  run('create table things (id integer primary key)')
  run('begin')
  run('insert into things values (1)')
  expect(() => run('insert or rollback into things values (1)')).toThrow('UNIQUE constraint failed')
  expect(() => database.prepare('rollback').all([])).not.toThrow()
  expect(database.prepare('select * from things').all([])).toEqual([])
  run('begin')
  run('insert into things values (2)')
  run('rollback')
  expect(database.prepare('select * from things').all([])).toEqual([])
  database.close()
})
