import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { LogBytes } from '../../../../launcher/src/run/control.ts'
import { deliverTail, keepTail, readTail } from '../../../../launcher/src/run/journal/log-tail.ts'

class Place implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tail-'))
  readonly path = join(this.folder, 'x.tail');

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** A far end that holds a log, and takes at most so much of a range. */
function farEnd(log: Buffer, most = Infinity) {
  const world = { log }
  const control = {
    logHeld: async () => world.log.length,
    appendLog: async (_job: string, { offset, bytes }: LogBytes) => {
      expect(offset).toBe(world.log.length)
      world.log = Buffer.concat([world.log, bytes.subarray(0, most)])
      return world.log.length
    },
  }
  return { world, delivery: { job: 'J', control, signal: new AbortController().signal } }
}

it('delivers exactly what is missing, wherever the far end stopped', async () => {
  const script = fc.record({
    log: fc.uint8Array({ minLength: 1, maxLength: 50 }),
    from: fc.nat(49),
    held: fc.nat(50),
    most: fc.integer({ min: 1, max: 9 }),
  })
  await fc.assert(
    fc.asyncProperty(script, async ({ log, from, held, most }) => {
      using place = new Place()
      const offset = from % log.length
      await keepTail(place.path, { offset, bytes: log.subarray(offset) })
      const start = Math.min(Math.max(held, offset), log.length)
      const { world, delivery } = farEnd(Buffer.from(log.subarray(0, start)), most)
      expect(await deliverTail(delivery, await readTail(place.path))).toBe(log.length)
      expect(world.log).toEqual(Buffer.from(log))
    }),
    { numRuns: 100 },
  )
})

it('sends nothing where bytes are missing before the tail, where there is none, or where it is torn', async () => {
  using place = new Place()
  await keepTail(place.path, { offset: 10, bytes: Buffer.from('tail') })
  const { world, delivery } = farEnd(Buffer.from('short'))
  expect(await deliverTail(delivery, await readTail(place.path))).toBe(5)
  truncateSync(place.path, 3)
  expect(await readTail(place.path)).toBeNull()
  expect(await readTail(join(place.folder, 'none'))).toBeNull()
  expect(await deliverTail(delivery, null)).toBe(5)
  expect(world.log.toString()).toBe('short')
})

it('does not ask a far end for ever that takes nothing', async () => {
  const { delivery } = farEnd(Buffer.alloc(0), 0)
  expect(await deliverTail(delivery, { offset: 0, bytes: Buffer.from('x') })).toBe(0)
})
