import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Objects } from '../../mothership/src/objects/objects.ts'

type Empty = () => Promise<Objects>

/** What every kind of object store does. `empty` makes a new one without an object. */
export function objectsContract(name: string, empty: Empty): void {
  describe(name, () => {
    for (const part of [puts, brokenPuts, appends, reads, keys, sequences]) part(empty)
  })
}

async function content(
  objects: Objects,
  key: string,
  range?: { start?: number; end?: number },
): Promise<Buffer | null> {
  const stream = await objects.read(key, range)
  return stream && buffer(stream)
}

const ranges = [
  [2, 5, '234'],
  [0, 99, '0123456789'],
  [5, 5, ''],
  [10, 20, ''],
  [20, 30, ''],
] as const

const strangeKeys = [
  '',
  '.',
  '..',
  '../x',
  'a/../b',
  '/x',
  'x/',
  'a//b',
  'a/./b',
  'a\\b',
  'a b',
  'a\0',
  'ü',
  '%2e%2e/x',
  'x\n',
  'a'.repeat(300),
]

function puts(empty: Empty): void {
  it('gives back what was put, with its length and digest', async () => {
    const objects = await empty()
    const bytes = randomBytes(300_000)
    const stored = await objects.put('a/b.c_d-1', Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))
    expect(stored).toEqual({ length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    expect(await content(objects, 'a/b.c_d-1')).toEqual(bytes)
    expect(await objects.length('a/b.c_d-1')).toBe(bytes.length)
  })

  it('stores an empty object and replaces an object as a whole', async () => {
    const objects = await empty()
    await objects.put('x', Readable.from(['something long']))
    await objects.put('x', Readable.from([]))
    expect(await content(objects, 'x')).toEqual(Buffer.alloc(0))
    expect(await objects.length('x')).toBe(0)
  })
}

function brokenPuts(empty: Empty): void {
  it('leaves what was there when a put fails half-way', async () => {
    const objects = await empty()
    await objects.put('x', Readable.from(['old']))
    const broken = Readable.from(
      (async function* () {
        yield 'new'
        await Promise.resolve()
        throw new Error('the connection broke')
      })(),
    )
    await expect(objects.put('x', broken)).rejects.toThrow('the connection broke')
    expect(await content(objects, 'x')).toEqual(Buffer.from('old'))
  })

  it('survives a content that broke before it was read', async () => {
    const objects = await empty()
    const broken = new Readable({ read() {} })
    const stored = objects.put('x', broken)
    broken.destroy(new Error('gone'))
    await expect(stored).rejects.toThrow('gone')
    expect(await objects.length('x')).toBeNull()
  })
}

function appends(empty: Empty): void {
  it('appends at the present length and cuts off a torn tail', async () => {
    const objects = await empty()
    expect(await objects.append('log', 0, Buffer.from('one '))).toBe(4)
    expect(await objects.append('log', 4, Buffer.from('torn'))).toBe(8)
    expect(await objects.append('log', 4, Buffer.from('2'))).toBe(5)
    expect(String(await content(objects, 'log'))).toBe('one 2')
  })

  it('begins an object anew with an append at 0', async () => {
    const objects = await empty()
    await objects.append('log', 0, Buffer.from('first attempt'))
    await objects.append('log', 0, Buffer.alloc(0))
    expect(await objects.length('log')).toBe(0)
  })

  it('refuses to append behind the end', async () => {
    const objects = await empty()
    await objects.append('log', 0, Buffer.from('1234'))
    await expect(objects.append('log', 5, Buffer.from('x'))).rejects.toThrow()
    await expect(objects.append('none', 1, Buffer.from('x'))).rejects.toThrow()
    expect(String(await content(objects, 'log'))).toBe('1234')
  })
}

function reads(empty: Empty): void {
  it('reads ranges, and what is there of a range that goes further', async () => {
    const objects = await empty()
    await objects.put('x', Readable.from(['0123456789']))
    for (const [start, end, text] of ranges) {
      expect(String(await content(objects, 'x', { start, end })), `${start}-${end}`).toBe(text)
    }
    expect(String(await content(objects, 'x', { start: 8 }))).toBe('89')
  })

  it('answers null for what is not there, and removes twice', async () => {
    const objects = await empty()
    await objects.put('x/y', Readable.from(['1']))
    for (const key of ['z', 'x', 'x/y/z']) {
      expect(await objects.read(key), key).toBeNull()
      expect(await objects.length(key), key).toBeNull()
    }
    await objects.remove('x/y')
    await objects.remove('x/y')
    expect(await objects.length('x/y')).toBeNull()
  })
}

function keys(empty: Empty): void {
  it('refuses every key that is not made of plain segments', async () => {
    const objects = await empty()
    for (const key of strangeKeys) {
      await expect(objects.put(key, Readable.from(['1'])), key).rejects.toThrow()
      await expect(objects.append(key, 0, Buffer.from('1')), key).rejects.toThrow()
      await expect(objects.read(key), key).rejects.toThrow()
      await expect(objects.length(key), key).rejects.toThrow()
      await expect(objects.remove(key), key).rejects.toThrow()
    }
  })
}

function sequences(empty: Empty): void {
  it('holds exactly what a sequence of appends says, whatever was torn', async () => {
    const pieces = fc.array(fc.record({ keep: fc.nat(100), bytes: fc.uint8Array({ maxLength: 50 }) }), {
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(pieces, async (steps) => {
        const objects = await empty()
        let expected = Buffer.alloc(0)
        for (const { keep, bytes } of steps) {
          expected = Buffer.concat([expected.subarray(0, keep), bytes])
          await objects.append('log', expected.length - bytes.length, bytes)
        }
        expect(await content(objects, 'log')).toEqual(steps.length > 0 ? expected : null)
      }),
      { numRuns: 30 },
    )
  })
}
