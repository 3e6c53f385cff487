import { afterAll } from 'vitest'
import { People } from '../support/people.ts'
import { World, type WorldOptions } from '../support/world.ts'

/** A world, and a person in it. */
export interface Shared {
  readonly world: World
  readonly people: People
}

/**
 * One world for the tests of a file, because starting one takes seconds: made by the first test that asks, and ended
 * after the last one. Each test uses stacks of its own, and leaves the programs as it found them.
 */
export function sharedWorld(options: WorldOptions | (() => Promise<WorldOptions>)): () => Promise<Shared> {
  const made: { shared?: Promise<Shared> } = {}
  afterAll(async () => {
    const shared = await made.shared?.catch(() => null)
    await shared?.people[Symbol.asyncDispose]()
    await shared?.world[Symbol.asyncDispose]()
  })
  return async () => {
    made.shared ??= start(typeof options === 'function' ? await options() : options)
    const shared = await made.shared
    shared.world.shownIfTestFails()
    return shared
  }
}

async function start(options: WorldOptions): Promise<Shared> {
  const world = await World.start(options)
  return { world, people: await People.of(world.profile) }
}
