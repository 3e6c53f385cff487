import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { expect, it } from 'vitest'
import { startProgram } from '../../../quickstart/processes/program.ts'
import { ProcessRegister } from '../../../quickstart/processes/register.ts'

const { signal } = new AbortController()
const never = new AbortController().signal
const ready = `console.log(JSON.stringify({ level: 30, msg: 'ready', port: 7 }));setInterval(() => {}, 1000);`

/** A directory, and programs of one line of JavaScript. */
async function world() {
  const directory = await mkdtemp(join(tmpdir(), 'program-'))
  const log = join(directory, 'logs/program.log')
  const register = new ProcessRegister(join(directory, 'processes.json'))
  return {
    log,
    register,
    file: join(directory, 'processes.json'),
    start: (code: string) =>
      startProgram(
        { name: 'program', command: [execPath, '-e', code], env: {}, log, ready: 'ready', signal },
        (identity) => register.add(identity),
      ),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

it('is there when the program says that it is ready, with what it said', async () => {
  await using it = await world()
  const program = await it.start(ready)
  expect(program.greeting).toMatchObject({ msg: 'ready', port: 7 })
  expect(program.alive()).toBe(true)
  await program.stop(never)
  expect(program.alive()).toBe(false)
})

it('ends a program that does not want to end, when there is a hurry', async () => {
  await using it = await world()
  const program = await it.start(`process.on('SIGTERM', () => {});${ready}`)
  await program.stop(AbortSignal.abort())
  expect(program.alive()).toBe(false)
})

it('tells of a program that ends before it is ready, with its last words and its log', async () => {
  await using it = await world()
  const starting = it.start(`console.error('port 1983 is taken'); process.exit(1)`)
  await expect(starting).rejects.toMatchObject({
    code: 'program-failed',
    message: 'The program ended: port 1983 is taken',
    logs: [it.log],
  })
  expect(await readFile(it.log, 'utf8')).toBe('port 1983 is taken\n')
})

it('ends what an earlier start left behind', async () => {
  await using it = await world()
  const program = await it.start(ready)
  const next = new ProcessRegister(it.file)
  expect(await next.endLeftovers()).toBe(1)
  expect(program.alive()).toBe(false)
  expect(await next.endLeftovers()).toBe(0)
})
