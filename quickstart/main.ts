import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { cacheDirectory } from '../ci/tools/cache.ts'
import { messageOf, ToolError } from '../ci/tools/errors.ts'
import { QuickstartError } from './failure.ts'
import { readOptions, usage, type Options } from './options.ts'
import { quickstart } from './quickstart.ts'
import { stateDirectory } from './state-directory.ts'
import { openTerminal } from './terminal.ts'

const failed = 1
const badUsage = 2

/** The signals that end everything, and the exit code of a start that one of them interrupted: 128 and its number. */
const endSignals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/**
 * One Ctrl-C under npm is two signals: the terminal sends one to every process in the foreground, and npm passes on the one that it gets itself
 * (https://github.com/npm/run-script/blob/main/lib/signal-manager.js). Nobody presses it twice in so short a time.
 */
const echoMs = 300

/** Runs the quickstart as a program; the exit code is its answer. */
export async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2))
    if (!options.help) return await run(options)
    process.stdout.write(usage)
    return 0
  } catch (error) {
    return complain(error)
  }
}

async function run(options: Options): Promise<number> {
  const stop = new AbortController()
  const hurry = new AbortController()
  let interrupted = 0
  let lastMs = Number.NEGATIVE_INFINITY
  for (const name of Object.keys(endSignals) as (keyof typeof endSignals)[]) {
    process.on(name, () => {
      const sinceMs = performance.now() - lastMs
      lastMs = performance.now()
      if (sinceMs < echoMs) return
      if (stop.signal.aborted) hurry.abort()
      else process.stdout.write('\n  Ending everything; once more to end it at once\n')
      interrupted ||= endSignals[name]
      stop.abort()
    })
  }
  try {
    await quickstart({ options, ...surroundings(), signal: stop.signal, hurry: hurry.signal })
    return 0
  } catch (error) {
    if (interrupted && isAbort(error)) return interrupted
    throw error
  }
}

function surroundings() {
  const { env, platform, arch, execPath } = process
  return {
    terminal: openTerminal(process.stdin, process.stdout),
    state: stateDirectory(env, homedir()),
    cache: cacheDirectory(env, homedir()),
    root: fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''),
    node: execPath,
    platform: `${platform}-${arch}`,
    env,
  }
}

/** One sentence for what can be expected, with the logs that say more; everything for a bug. */
function complain(error: unknown): number {
  const first = firstOf(error)
  const expected = first instanceof QuickstartError || first instanceof ToolError
  process.stderr.write(`\n${expected ? messageOf(first) : ((first as Error).stack ?? String(first))}\n`)
  if (!(first instanceof QuickstartError)) return failed
  for (const log of first.logs) process.stderr.write(`See ${log}\n`)
  return first.code === 'usage' ? badUsage : failed
}

/** A failure while cleaning up must not hide the one that came before it. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error
}

function isAbort(error: unknown): boolean {
  const first = firstOf(error)
  return first instanceof Error && first.name === 'AbortError'
}
