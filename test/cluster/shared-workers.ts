import { afterAll } from 'vitest'
import { Workers, type Installation } from './workers.ts'

/** One release for the tests of a file. Each leaves as many idle workers as it found, and uses stacks of its own. */
export function sharedWorkers(installation: Installation | (() => Installation)): () => Promise<Workers> {
  const made: { workers?: Promise<Workers> } = {}
  afterAll(async () => {
    const workers = await made.workers?.catch(() => null)
    await workers?.[Symbol.asyncDispose]()
  })
  return async () => {
    made.workers ??= Workers.install(typeof installation === 'function' ? installation() : installation)
    const workers = await made.workers
    workers.shownIfTestFails()
    return workers
  }
}
