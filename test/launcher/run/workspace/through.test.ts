import { createGunzip, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { through } from '../../../../launcher/src/run/workspace/through.ts'

async function* pieces(...all: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* all
}

it('passes bytes on', async () => {
  const out: Uint8Array[] = []
  for await (const piece of through(pieces(gzipSync('as it was')), createGunzip())) out.push(piece)
  expect(Buffer.concat(out).toString()).toBe('as it was')
})

it('keeps a failure for whoever begins to read after it', async () => {
  const gunzip = createGunzip()
  // Not `once` of node:events, which listens for errors as well.
  const closed = new Promise((resolve) => void gunzip.once('close', resolve))
  const broken = through(pieces(gzipSync('cut off').subarray(0, 12)), gunzip)
  await closed
  const read = async () => {
    for await (const _ of broken);
  }
  await expect(read()).rejects.toMatchObject({ code: 'Z_BUF_ERROR' })
})
