import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { LockInfo } from '../../../mothership/src/statefiles/lock-info.ts'
import { withSerial } from '../../../mothership/src/statefiles/state-content.ts'
import { keptVersions } from '../../../mothership/src/statefiles/versions.ts'
import { person, stateOf, stateWorld, type StateWorld } from './world.ts'

const info = (id: string): LockInfo => ({ id, who: 'root@box', operation: 'OperationTypeApply', json: { ID: id } })

function write(world: StateWorld, run: string, [content, lockId]: readonly [string, string?]) {
  return world.backend.write('net', { content: Buffer.from(content), lockId: lockId ?? null, md5: null, run })
}

const serials = async (world: StateWorld) => (await world.files.versions('net')).map((version) => version.serial)

it('keeps every version with its run, sealed', async () => {
  await using world = await stateWorld()
  await write(world, 'run1', [stateOf(1, 'one', 'hunter2')])
  await write(world, 'run2', [stateOf(2)])
  const versions = await world.files.versions('net')
  expect(versions).toMatchObject([
    { serial: 2, run: 'run2' },
    { serial: 1, run: 'run1', length: stateOf(1, 'one', 'hunter2').length },
  ])
  expect(await world.files.read('net')).toBe(stateOf(2))
  expect(await world.files.read('net', versions[1]?.id)).toContain('hunter2')
  const directory = join(world.directory, 'objects', 'states', 'net')
  for (const file of await readdir(directory))
    expect(await readFile(join(directory, file), 'latin1')).not.toMatch(/hunter2|lineage/)
})

it('takes the same write again as the same version', async () => {
  await using world = await stateWorld()
  await write(world, 'run1', [stateOf(1)])
  await write(world, 'run1', [stateOf(1)])
  expect(await serials(world)).toEqual([1])
  expect(await readdir(join(world.directory, 'objects', 'states', 'net'))).toHaveLength(1)
})

it('takes a write under a lock that a person removed only if nobody was in between', async () => {
  await using world = await stateWorld()
  await write(world, 'run0', [stateOf(4)])
  await world.backend.lock('net', info('L1'), 'run1')
  await world.files.unlock('net', person)
  expect(await write(world, 'run1', [stateOf(5), 'L1'])).toBeNull()
  await write(world, 'run2', [stateOf(6, 'one', 'other')])
  await expect(write(world, 'run1', [stateOf(6), 'L1'])).rejects.toMatchObject({ code: 'conflict' })
})

it('makes a rescued state the state, and releases the lock of its run', async () => {
  await using world = await stateWorld()
  await write(world, 'run0', [stateOf(1)])
  await world.backend.lock('net', info('L1'), 'run1')
  expect(await world.rescue('net', 'run1', stateOf(2))).toMatchObject({ became: 'newest', length: stateOf(2).length })
  expect(await world.files.read('net')).toBe(stateOf(2))
  expect(await world.files.lock('net')).toBeNull()
  expect(await world.files.versions('net')).toMatchObject([{ rescued: true, run: 'run1' }, { rescued: false }])
  expect(await world.rescue('net', 'run1', stateOf(2))).toMatchObject({ became: 'newest' })
  expect(await serials(world)).toEqual([2, 1])
})

it('keeps beside what does not continue the state, is no state, or comes while another run holds the lock', async () => {
  await using world = await stateWorld()
  await write(world, 'run0', [stateOf(5)])
  await world.backend.lock('net', info('L2'), 'run2')
  const strangers = [stateOf(9, 'other'), stateOf(5, 'one', 'older'), 'cut off {', stateOf(6)]
  for (const content of strangers)
    expect(await world.rescue('net', 'run1', content)).toMatchObject({ became: 'beside' })
  await world.rescue('net', 'run1', 'cut off {')
  expect(await world.files.read('net')).toBe(stateOf(5))
  expect(await world.files.lock('net')).toMatchObject({ run: 'run2' })
  const versions = await world.files.versions('net')
  expect(versions).toHaveLength(1 + strangers.length)
  const contents = await Promise.all(versions.map((version) => world.files.read('net', version.id)))
  expect(contents).toEqual([...strangers].reverse().concat(stateOf(5)))
})

it('pushes what continues the state, anything by force, and nothing while a run holds the lock', async () => {
  await using world = await stateWorld()
  expect(await world.files.push('net', stateOf(3), { force: false })).toMatchObject({ serial: 3, run: null })
  for (const content of [stateOf(3, 'one', 'x'), stateOf(4, 'other')]) {
    await expect(world.files.push('net', content, { force: false })).rejects.toMatchObject({ code: 'conflict' })
  }
  await expect(world.files.push('net', '{}', { force: true })).rejects.toMatchObject({ code: 'bad-request' })
  await world.files.push('net', stateOf(1, 'other'), { force: true })
  await world.backend.lock('net', info('L1'), 'run1')
  await expect(world.files.push('net', stateOf(2, 'other'), { force: true })).rejects.toThrow(
    'is locked by run run1 (root@box)',
  )
  expect(await serials(world)).toEqual([1, 3])
})

it('rolls back to an old version under a new serial, digit for digit', async () => {
  await using world = await stateWorld()
  const old =
    '{\n  "lineage": "one",\n  "outputs": {"serial": 7, "x": "\\"serial\\": 8", "big": 12345678901234567890},\n  "serial": 1,\n  "b": 2, "1": 1\n}\n'
  await write(world, 'run0', [old])
  await write(world, 'run1', [stateOf(8)])
  const [, first] = await world.files.versions('net')
  await expect(world.files.rollback('net', 'none', person)).rejects.toMatchObject({ code: 'not-found' })
  expect(await world.files.rollback('net', first?.id ?? '', person)).toMatchObject({ serial: 9, lineage: 'one' })
  expect(await world.files.read('net')).toBe(old.replace('"serial": 1,', '"serial": 9,'))
  await world.backend.lock('net', info('L1'), 'run1')
  await expect(world.files.rollback('net', first?.id ?? '', person)).rejects.toMatchObject({ code: 'conflict' })
})

it('replaces the serial of any state and nothing else', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.tuple(fc.nat(), fc.nat()), fc.boolean(), (rest, [before, after], first) => {
      const fields = first ? { serial: before, rest, lineage: 'x' } : { rest, lineage: 'x', serial: before }
      for (const indent of [0, 2]) {
        expect(JSON.parse(withSerial(JSON.stringify(fields, null, indent), after))).toEqual(
          JSON.parse(JSON.stringify({ ...fields, serial: after })),
        )
      }
    }),
  )
})

it('keeps so many versions and no more, and never drops what lies beside', async () => {
  await using world = await stateWorld()
  await world.rescue('net', 'run0', 'beside')
  const row = { stack: 'net', lineage: 'one', origin: 'written', run: null, length: 1, md5: '', createdAt: 1 } as const
  await world.store.transaction(async (tables) => {
    for (let number = 2; number < keptVersions + 2; number += 1)
      await tables.states.insert({ ...row, id: `v${number}`, sequence: number, serial: number })
  })
  await write(world, 'run1', [stateOf(9999)])
  const versions = await world.files.versions('net')
  expect(versions).toHaveLength(keptVersions + 1)
  expect(versions[0]).toMatchObject({ serial: 9999 })
  expect(versions.at(-1)).toMatchObject({ rescued: true })
})

const step = fc.record({
  run: fc.constantFrom('a', 'b', 'c'),
  what: fc.constantFrom('lock', 'write', 'stray write', 'unlock', 'force unlock'),
})

/** One stack's state, and what it must be by the rules: who holds the lock, and which writes were taken, oldest first. */
class Model {
  readonly #world: StateWorld
  readonly #stack: string
  readonly taken: number[] = []
  #holder: string | null = null
  #serial = 0

  constructor(world: StateWorld, stack: string) {
    this.#world = world
    this.#stack = stack
  }

  async take({ run, what }: { run: string; what: keyof typeof Model.steps }): Promise<void> {
    await Model.steps[what](this, run)
  }

  static readonly steps = {
    lock: async (model: Model, run: string) => {
      const isTaken = (await model.#world.backend.lock(model.#stack, info(`L${run}`), run)) === null
      expect(isTaken).toBe(model.#isFreeFor(run))
      model.#holder ??= run
    },
    unlock: async (model: Model, run: string) => {
      const isDone = (await model.#world.backend.unlock(model.#stack, info(`L${run}`))) === null
      expect(isDone).toBe(model.#isFreeFor(run))
      if (isDone) model.#holder = null
    },
    'force unlock': async (model: Model) => {
      await model.#world.files.unlock(model.#stack, person)
      model.#holder = null
    },
    write: async (model: Model, run: string) => expect(await model.#write(run, `L${run}`)).toBe(model.#isFreeFor(run)),
    'stray write': async (model: Model, run: string) =>
      expect(await model.#write(run, null)).toBe(model.#holder === null),
  }

  #isFreeFor(run: string): boolean {
    return this.#holder === null || this.#holder === run
  }

  async #write(run: string, lockId: string | null): Promise<boolean> {
    this.#serial += 1
    const serial = this.#serial
    const content = Buffer.from(stateOf(serial))
    const held = await this.#world.backend.write(this.#stack, { content, lockId, md5: null, run })
    if (held === null) this.taken.push(serial)
    return held === null
  }
}

it('has one holder at most and keeps every write that it took, in any order of calls', async () => {
  await using world = await stateWorld()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.uuid(), async (steps, stack) => {
      const model = new Model(world, stack)
      for (const each of steps) await model.take(each)
      expect((await world.files.versions(stack)).map((version) => version.serial)).toEqual(model.taken.toReversed())
    }),
    { numRuns: 40 },
  )
})

it('gives a lock that many ask for at once to exactly one', async () => {
  await using world = await stateWorld()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => world.backend.lock('net', info(`L${index}`), `run${index}`)),
  )
  const winners = answers.flatMap((held, index) => (held === null ? [index] : []))
  expect(winners).toHaveLength(1)
  const writes = await Promise.all(
    answers.map((_, index) => write(world, `run${index}`, [stateOf(index + 1), `L${index}`])),
  )
  expect(writes.flatMap((held, index) => (held === null ? [index] : []))).toEqual(winners)
})
