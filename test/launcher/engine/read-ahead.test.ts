import { describe, expect, it } from 'vitest'
import { aheadOfTheEnd, maxAheadBytes } from '../../../launcher/src/engine/read-ahead.ts'
import { until } from '../../fakes/until.ts'

/** A source of so many chunks that counts how many were taken, and a reader before it. */
function world(chunks: number, options: { isEnding?: () => Promise<boolean>; size?: number; fail?: boolean } = {}) {
  const seen = { taken: 0, stopped: false }
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < chunks; index++) {
      seen.taken++
      yield Buffer.alloc(options.size ?? 1, index)
    }
    if (options.fail) throw new Error('broke')
  }
  const output = aheadOfTheEnd(source(), {
    isEnding: options.isEnding ?? (async () => true),
    everyMs: 1,
    stop: () => (seen.stopped = true),
  })
  return { output, seen }
}

async function rest(output: AsyncIterable<Uint8Array>): Promise<number[]> {
  const numbers: number[] = []
  for await (const chunk of output) numbers.push(chunk[0] ?? -1)
  return numbers
}

describe('aheadOfTheEnd', () => {
  it('gives every chunk once and in order', async () => {
    const { output } = world(5)
    expect(await rest(output)).toEqual([0, 1, 2, 3, 4])
  })

  it('reads on for a slow reader when the container is ending', async () => {
    const { output, seen } = world(5)
    await output.next()
    await until('all is read', () => seen.taken === 5)
    expect(await rest(output)).toEqual([1, 2, 3, 4])
  })

  it('reads nothing ahead while the container lives', async () => {
    let asked = 0
    const { output, seen } = world(5, { isEnding: async () => ++asked < 0 })
    await output.next()
    await until('it was asked often', () => asked > 5)
    expect(seen.taken).toBe(1)
    await output.return(undefined)
    expect(seen.stopped).toBe(true)
  })

  it('reads no more than a bound ahead', async () => {
    const { output, seen } = world(100, { size: maxAheadBytes / 4 })
    await output.next()
    await until('the bound is reached', () => seen.taken === 5)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(seen.taken).toBe(5)
    expect(await rest(output)).toHaveLength(99)
  })

  it('gives an error of the source in its place', async () => {
    const { output } = world(3, { fail: true })
    const seen: number[] = []
    const reading = (async () => {
      for await (const chunk of output) {
        seen.push(chunk[0] ?? -1)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    await expect(reading).rejects.toThrow('broke')
    expect(seen).toEqual([0, 1, 2])
  })
})
