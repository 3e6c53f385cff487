import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wholeCharacters } from '../../../mothership/src/runs/characters.ts'
import { maxPieceBytes } from '../../../mothership/src/runs/logs.ts'
import { World } from './world.ts'

async function scene() {
  const world = await World.open()
  const pool = await world.pool()
  await world.stack(pool, 's')
  const worker = await world.worker(pool)
  const run = await world.trigger('s', 'TASK')
  const read = (state: string, version: number, token: string | null = null) =>
    world.runs.log(run.id, { state, version }, token)
  return { world, pool, worker, run, read }
}

describe('the log of a state', () => {
  it('is its piece of the log of the job', async () => {
    const { world, worker, read } = await scene()
    await using _ = world
    const job = await worker.start()
    await worker.log(job, 'pulling\n')
    await worker.phase(job, 'INITIALIZING')
    await worker.log(job, 'init\n')
    await worker.phase(job, 'PERFORMING')
    await worker.log(job, 'done\n')
    await worker.finish(job)
    expect(await read('PREPARING', 2)).toMatchObject({
      text: 'pulling\n',
      finished: true,
      hasMore: false,
      exists: true,
    })
    expect((await read('INITIALIZING', 3)).text).toBe('init\n')
    expect((await read('PERFORMING', 4)).text).toBe('done\n')
    expect(await read('FINISHED', 5)).toMatchObject({ exists: false, finished: true })
    expect(await read('PERFORMING', 3)).toMatchObject({ exists: false })
  })

  it('is finished once the next phase began and all before it has arrived', async () => {
    const { world, worker, read } = await scene()
    await using _ = world
    const job = await worker.start()
    await worker.append(job, 0, Buffer.from('pul'))
    expect(await read('PREPARING', 2)).toMatchObject({ text: 'pul', finished: false, hasMore: false, nextToken: '3' })
    await worker.phase(job, 'INITIALIZING', 8)
    expect(await read('PREPARING', 2, '3')).toMatchObject({ text: '', finished: false })
    await worker.append(job, 3, Buffer.from('ling\ninit'))
    expect(await read('PREPARING', 2, '3')).toMatchObject({ text: 'ling\n', finished: true })
    expect(await read('INITIALIZING', 3)).toMatchObject({ text: 'init', finished: false })
  })

  it('is finished when its worker is lost, with what had arrived', async () => {
    const { world, worker, read } = await scene()
    await using _ = world
    const job = await worker.start()
    await worker.append(job, 0, Buffer.from('half'))
    await worker.phase(job, 'INITIALIZING', 100)
    world.clock.advance(120_000)
    await world.sweep.once()
    expect(await read('PREPARING', 2)).toMatchObject({ text: 'half', finished: true })
    expect(await read('INITIALIZING', 3)).toMatchObject({ text: '', finished: true, exists: true })
  })

  it('of a job that went back to the queue stays, and the next job begins an empty one', async () => {
    const { world, pool, worker, read } = await scene()
    await using _ = world
    await worker.append(await worker.job(), 0, Buffer.from('first'))
    world.clock.advance(120_000)
    const other = await world.worker(pool)
    await world.sweep.once()
    await other.append(await other.job(), 0, Buffer.from('second'))
    expect((await read('PREPARING', 2)).text).toBe('first')
    expect((await read('PREPARING', 4)).text).toBe('second')
  })

  it('comes in pieces of whole characters, however it is followed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
        fc.array(fc.nat({ max: 40 }), { maxLength: 12 }),
        async (text, cuts) => {
          const { world, worker, read } = await scene()
          await using _ = world
          const job = await worker.start()
          const bytes = Buffer.from(text)
          let [seen, token, sent] = ['', null as string | null, 0]
          for (const cut of [...cuts, bytes.length]) {
            const piece = bytes.subarray(sent, sent + cut)
            if (piece.length > 0) sent = await worker.append(job, sent, piece)
            const view = await read('PREPARING', 2, token)
            seen += view.text
            token = view.nextToken
            expect(view).toMatchObject({ finished: false, hasMore: false })
          }
          await worker.phase(job, 'INITIALIZING', bytes.length)
          const last = await read('PREPARING', 2, token)
          expect(last.finished).toBe(true)
          expect(seen + last.text).toBe(bytes.toString())
        },
      ),
      { numRuns: 30 },
    )
  })

  it('is cut at the size of an answer', async () => {
    const { world, worker, read } = await scene()
    await using _ = world
    const job = await worker.start()
    const text = '€'.repeat(maxPieceBytes / 2)
    await worker.append(job, 0, Buffer.from(text))
    let [view, seen] = [await read('PREPARING', 2), '']
    for (; view.hasMore; view = await read('PREPARING', 2, view.nextToken)) {
      expect(Buffer.byteLength(view.text)).toBeLessThanOrEqual(maxPieceBytes)
      seen += view.text
    }
    expect(seen + view.text === text).toBe(true)
  })

  it('goes on behind bytes that are no text', async () => {
    const { world, worker, read } = await scene()
    await using _ = world
    const job = await worker.start()
    await worker.append(job, 0, Buffer.from([0xff, 0xf0, 0x41, 0xe2]))
    const view = await read('PREPARING', 2)
    expect([view.text, view.nextToken]).toEqual(['\ufffd\ufffdA', '3'])
    await worker.phase(job, 'INITIALIZING', 4)
    expect(await read('PREPARING', 2, '3')).toMatchObject({ text: '\ufffd', finished: true })
  })

  it('refuses a token that is none', async () => {
    const { world, read } = await scene()
    await using _ = world
    await expect(read('PREPARING', 2, '-1')).rejects.toMatchObject({ code: 'bad-request' })
    expect(await read('PREPARING', 2, '999')).toMatchObject({ text: '', finished: false })
  })
})

describe('whole characters', () => {
  it('are a prefix that loses less than one character of a text cut anywhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, at) => {
        const bytes = Buffer.from(text)
        const cut = bytes.subarray(0, at % (bytes.length + 1))
        const whole = wholeCharacters(cut)
        expect(cut.length - whole.length).toBeLessThan(4)
        expect(bytes.toString().startsWith(whole.toString())).toBe(true)
      }),
    )
  })
})
