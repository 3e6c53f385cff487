import { expect, it } from 'vitest'
import { maxStatements, NodeSqlite } from '../../../mothership/src/store/sqlite.ts'

function opened(): NodeSqlite {
  const sqlite = new NodeSqlite(':memory:')
  sqlite.prepare('create table things (id integer primary key, name text unique) strict').run([])
  return sqlite
}

it('answers the same statement anew, with the values of each time', () => {
  const sqlite = opened()
  const insert = 'insert into things (name) values (?)'
  for (const name of ['a', 'b']) sqlite.prepare(insert).run([name])
  expect(() => sqlite.prepare(insert).run(['a'])).toThrow(/UNIQUE/)
  sqlite.prepare(insert).run(['c'])
  const select = 'select name from things where id > ? order by id'
  expect(sqlite.prepare(select).all([1])).toEqual([{ name: 'b' }, { name: 'c' }])
  expect(sqlite.prepare(select).all([2])).toEqual([{ name: 'c' }])
  sqlite.close()
})

it('knows a column that was added after the statement was prepared', () => {
  const sqlite = opened()
  sqlite.prepare('insert into things (name) values (?)').run(['a'])
  expect(sqlite.prepare('select * from things').all([])).toEqual([{ id: 1, name: 'a' }])
  sqlite.prepare("alter table things add column colour text default 'red'").run([])
  expect(sqlite.prepare('select * from things').all([])).toEqual([{ id: 1, name: 'a', colour: 'red' }])
  sqlite.close()
})

it('keeps the statements that are used, and only so many', () => {
  const sqlite = opened()
  const often = sqlite.prepare('select 1')
  const once = sqlite.prepare('select 2')
  for (let number = 3; number < maxStatements + 10; number++) {
    sqlite.prepare(`select ${number}`)
    sqlite.prepare('select 1')
  }
  expect(sqlite.prepare('select 1')).toBe(often)
  expect(sqlite.prepare('select 2')).not.toBe(once)
  sqlite.close()
})
