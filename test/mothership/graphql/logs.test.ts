import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { spacectl } from './documents.ts'
import { aWorker, newYear, World } from './fake-services.ts'
import { ask, serverOf } from './server.ts'

interface Piece {
  readonly exists: boolean
  readonly finished: boolean
  readonly hasMore: boolean
  readonly messages: readonly { readonly message: string }[]
  readonly nextToken: string
}

/** A run that failed while it planned, with a log of three pieces. */
function failedRun(): { world: World; run: string } {
  const world = new World()
  const { id } = world.add({ state: 'FAILED', finished: true }, [
    { state: 'FAILED', terminal: true, note: 'exit code 1', at: newYear + 5_000 },
    { state: 'PLANNING', hasLogs: true, worker: aWorker.id, by: null },
    { state: 'QUEUED' },
  ])
  world.logs.set(`${id}/PLANNING/2`, { text: 'one\ntwo with ünicöde\n\nlast line without newline', ended: true })
  return { world, run: id }
}

async function piece(
  app: FastifyInstance,
  run: string,
  piece: { state: string; stateVersion: number; token: string | null },
): Promise<Piece> {
  const { data, errors } = await ask(app, spacectl.logs, { variables: { stack: 'network', run, ...piece } })
  if (errors) throw new Error(errors[0]?.message)
  return (data as { stack: { run: { logs: Piece } } }).stack.run.logs
}

/** Reads as spacectl does: with the last token, until it is finished. */
async function whole(app: FastifyInstance, run: string, of: { state: string; stateVersion: number }): Promise<string> {
  const text: string[] = []
  for (let token: string | null = null; ; ) {
    const answer = await piece(app, run, { ...of, token })
    text.push(...answer.messages.map(({ message }) => message))
    token = answer.nextToken
    if (answer.finished || !answer.hasMore) return text.join('')
  }
}

describe('logs', () => {
  it('begin with a history that is newest first, with the end marked', async () => {
    const { world, run } = failedRun()
    const { data } = await ask(serverOf(world), spacectl.history, { variables: { stack: 'network', run } })
    expect(data).toEqual({
      stack: {
        run: {
          history: [
            {
              state: 'FAILED',
              stateVersion: 3,
              terminal: true,
              hasLogs: false,
              note: 'exit code 1',
              timestamp: newYear / 1000 + 5,
              username: 'api::01JKEY',
            },
            {
              state: 'PLANNING',
              stateVersion: 2,
              terminal: false,
              hasLogs: true,
              note: null,
              timestamp: newYear / 1000 + 10,
              username: null,
            },
            {
              state: 'QUEUED',
              stateVersion: 1,
              terminal: false,
              hasLogs: false,
              note: null,
              timestamp: newYear / 1000 + 10,
              username: 'api::01JKEY',
            },
          ],
        },
      },
    })
    const ours = await ask(serverOf(world), `{stack(id: "network"){run(id: "${run}"){history{worker}}}}`)
    expect(ours.data).toEqual({
      stack: { run: { history: [{ worker: null }, { worker: aWorker.id }, { worker: null }] } },
    })
  })

  it('come in pieces that join to the whole, each message with its own newline', async () => {
    const { world, run } = failedRun()
    const app = serverOf(world)
    expect(await piece(app, run, { state: 'PLANNING', stateVersion: 2, token: null })).toEqual({
      exists: true,
      finished: false,
      hasMore: true,
      messages: [{ message: 'one\n' }, { message: 'two with ünicöde' }],
      nextToken: '20',
    })
    expect(await whole(app, run, { state: 'PLANNING', stateVersion: 2 })).toBe(
      'one\ntwo with ünicöde\n\nlast line without newline',
    )
  })

  it('of a phase that goes on have a token, and are not finished', async () => {
    const { world, run } = failedRun()
    world.logs.set(`${run}/PLANNING/2`, { text: 'so far\n', ended: false })
    const app = serverOf(world)
    const first = await piece(app, run, { state: 'PLANNING', stateVersion: 2, token: null })
    expect(first).toMatchObject({ finished: false, hasMore: false, nextToken: expect.any(String) })
    const again = await piece(app, run, { state: 'PLANNING', stateVersion: 2, token: first.nextToken })
    expect(again).toMatchObject({ messages: [], nextToken: first.nextToken })
    world.logs.set(`${run}/PLANNING/2`, { text: 'so far\nand on\n', ended: true })
    expect(await piece(app, run, { state: 'PLANNING', stateVersion: 2, token: again.nextToken })).toMatchObject({
      finished: true,
      messages: [{ message: 'and on\n' }],
    })
  })

  it('of a state that the run never had are finished at once', async () => {
    const { world, run } = failedRun()
    const answer = await piece(serverOf(world), run, { state: 'APPLYING', stateVersion: 9, token: null })
    expect(answer).toEqual({ exists: false, finished: true, hasMore: false, messages: [], nextToken: '0' })
  })

  it('are of the newest version of a state when none is named', async () => {
    const { world, run } = failedRun()
    const query = (state: string) =>
      `{stack(id: "network"){run(id: "${run}"){logs(state: ${state}){exists messages{message}}}}}`
    expect((await ask(serverOf(world), query('PLANNING'))).data).toMatchObject({
      stack: { run: { logs: { exists: true } } },
    })
    expect((await ask(serverOf(world), query('APPLYING'))).data).toMatchObject({
      stack: { run: { logs: { exists: false } } },
    })
  })
})
