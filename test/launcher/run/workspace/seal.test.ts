import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LauncherError } from '../../../../launcher/src/base/errors.ts'
import { seal } from '../../../../launcher/src/run/workspace/seal.ts'
import { unseal } from '../../../../launcher/src/run/workspace/unseal.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../../../../protocol/vectors/sealed.json', import.meta.url), 'utf8'),
) as {
  privateKey: string
  run: string
  cases: { name: string; run?: string; sealed: string; content?: string; fault?: string }[]
}
const privateKey = createPrivateKey(vectors.privateKey)
const publicKey = createPublicKey(privateKey)
const { run } = vectors

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) pieces.push(piece)
  return Buffer.concat(pieces)
}

const sealed = (plain: Uint8Array, chunkBytes: number) =>
  all(seal(inPieces(plain, 7), { publicKey, run, compression: 'none', chunkBytes }))

/** What a reader gets: the bytes of each piece, and the failure in place of the end. */
async function opened(bytes: Uint8Array, options = { privateKey, run }, size = 13) {
  const pieces: Buffer[] = []
  try {
    const { plain } = await unseal(inPieces(bytes, size), options)
    for await (const piece of plain) pieces.push(piece)
    return { plain: Buffer.concat(pieces), code: null }
  } catch (error) {
    return { plain: Buffer.concat(pieces), code: error instanceof LauncherError ? error.code : error }
  }
}

const texts = fc.uint8Array({ maxLength: 200 })
const chunkSizes = fc.integer({ min: 1, max: 70 })
const runs = { numRuns: 60 }

it('gives back what it sealed, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(texts, chunkSizes, fc.integer({ min: 1, max: 400 }), async (plain, chunkBytes, size) => {
      const bytes = await sealed(plain, chunkBytes)
      expect(await opened(bytes, { privateKey, run }, size)).toEqual({ plain: Buffer.from(plain), code: null })
    }),
    runs,
  )
})

describe('a file that is not what was sealed', () => {
  const damages: Record<string, (bytes: Buffer, at: number) => Buffer> = {
    'cut short': (bytes, at) => bytes.subarray(0, at % bytes.length),
    'with a bit flipped': (bytes, at) => {
      const copy = Buffer.from(bytes)
      const place = at % copy.length
      copy[place] = (copy[place] ?? 0) ^ (1 << (at % 8))
      return copy
    },
    'with a byte more': (bytes, at) => Buffer.concat([bytes, Buffer.of(at & 0xff)]),
  }

  it.each(Object.keys(damages))('is refused %s, and gives nothing that was not in it', async (name) => {
    await fc.assert(
      fc.asyncProperty(texts, chunkSizes, fc.nat(), async (plain, chunkBytes, at) => {
        const damaged = damages[name]?.(await sealed(plain, chunkBytes), at) ?? Buffer.alloc(0)
        const read = await opened(damaged)
        expect(read.code).toBe('WORKSPACE_UNREADABLE')
        expect(Buffer.from(plain).subarray(0, read.plain.length)).toEqual(read.plain)
      }),
      runs,
    )
  })

  it('is refused with chunks swapped, doubled or left out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 40, maxLength: 40 }),
        fc.nat(4),
        fc.nat(4),
        async (plain, one, other) => {
          const bytes = await sealed(plain, 8)
          const headerBytes = bytes.length - 5 * (8 + 16)
          const chunks = [0, 1, 2, 3, 4].map((index) =>
            bytes.subarray(headerBytes + index * 24, headerBytes + (index + 1) * 24),
          )
          const header = bytes.subarray(0, headerBytes)
          const swapped = chunks.map(
            (chunk, index) => chunks[index === one ? other : index === other ? one : index] ?? chunk,
          )
          const doubled = chunks.toSpliced(one, 0, chunks[one] ?? Buffer.alloc(0))
          const without = chunks.toSpliced(one, 1)
          for (const changed of [...(one === other ? [] : [swapped]), doubled, without]) {
            expect((await opened(Buffer.concat([header, ...changed]))).code).toBe('WORKSPACE_UNREADABLE')
          }
        },
      ),
      runs,
    )
  })

  it('is refused for another run, and for another key, which is said', async () => {
    const bytes = await sealed(Buffer.from('plain'), 16)
    expect((await opened(bytes, { privateKey, run: run.replace(/.$/, 'Z') })).code).toBe('WORKSPACE_UNREADABLE')
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    await expect(unseal(inPieces(bytes, 99), { privateKey: other, run })).rejects.toThrow(
      'was the pool reset with a new key?',
    )
  })
})

it.each(vectors.cases)("reads the protocol's vector: $name", async (vector) => {
  const read = await opened(Buffer.from(vector.sealed, 'hex'), { privateKey, run: vector.run ?? run })
  if (vector.content === undefined) expect(read.code).toBe('WORKSPACE_UNREADABLE')
  else expect(read).toEqual({ plain: Buffer.from(vector.content, 'hex'), code: null })
})
