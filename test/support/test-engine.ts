import { join } from 'node:path'
import {
  startPrivateEngine,
  type PrivateEngine,
  type PrivateEngineOptions,
} from '../../quickstart/engine/private-engine.ts'
import { QuickstartError } from '../../quickstart/failure.ts'

/** More test runs than this at once, for one user on one machine, are refused. */
const most = 8

/**
 * Starts the tests' engine in the first directory that no other test run uses. They are kept between runs, with their
 * images.
 */
export async function startTestEngine(
  cache: string,
  options: Omit<PrivateEngineOptions, 'directory'>,
): Promise<PrivateEngine> {
  for (let number = 1; ; number += 1) {
    try {
      return await startPrivateEngine({ ...options, directory: join(cache, `test-engine-${number}`) })
    } catch (error) {
      const taken = error instanceof QuickstartError && error.code === 'already-running'
      if (!taken || number === most) throw error
    }
  }
}
