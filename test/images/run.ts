import { homedir } from 'node:os'
import { inject } from 'vitest'
import { cacheDirectory } from '../../ci/tools/cache.ts'
import { runCommand } from '../../ci/tools/command.ts'
import '../support/provided.ts'
import type { Engine } from './bases.ts'

/** How long a build, and a call of the engine, may take. */
export const limitMs = 600_000

/** The engine of these tests, as images are made in it. */
export function engine(): Engine {
  return {
    socket: inject('engine').socket,
    cache: cacheDirectory(process.env, homedir()),
    env: process.env,
    say: (line) => process.stdout.write(`${line}\n`),
    signal: new AbortController().signal,
  }
}

/** Calls the engine's command line. */
export function docker(...words: string[]): Promise<string> {
  const env = { ...process.env, DOCKER_HOST: `unix://${inject('engine').socket}` }
  return runCommand('docker', words, { env, signal: AbortSignal.timeout(limitMs) })
}

const asPod = ['run', '--rm', '--network', 'host', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL']

/** Runs a command in an image as a pod would: its own user, nothing to write but a temporary directory. */
export function run(image: string, ...words: string[]): Promise<string> {
  const [program = '', ...rest] = words
  return docker(...asPod, '--entrypoint', program, image, ...rest)
}
