import { access, constants, mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { QuickstartError } from './failure.ts'
import { insistOnPorts } from './machine/ports.ts'
import { blamingDisk, insistOnSpace } from './machine/space.ts'
import { isLock, takeLock } from './processes/lock.ts'
import type { Program } from './processes/program.ts'
import { ProcessRegister } from './processes/register.ts'
import { forget } from './reset.ts'
import type { Setting } from './setting.ts'
import type { StateDirectory } from './state-directory.ts'
import { nextSteps } from './story/next-steps.ts'
import { tellStory } from './story/story.ts'
import { startSystem, type System } from './system/system.ts'

/** The mothership's data, two launchers with a tool each, and a private engine's images. */
const neededMegabytes = 1_000

/**
 * The whole system on this machine, and a run of an example stack. Ends everything again: at once, or on a terminal when `signal` is
 * aborted. Rejects with QuickstartError, or with the signal's reason if it is aborted before the run is over.
 */
export async function quickstart(setting: Setting): Promise<void> {
  const { options, terminal, state } = setting
  await makeStateDirectory(state)
  await using cleanup = new AsyncDisposableStack()
  const lock = await takeLock(state.lock).catch((error: unknown) => sayOfDisk(error, setting))
  if (!isLock(lock)) throw new QuickstartError('already-running', `It is running already, as process ${lock.pid}.`)
  cleanup.defer(() => lock.release())
  if (options.reset) return await forget(setting)
  terminal.heading('A control plane and two workers on this machine')
  terminal.say(`Everything is kept in ${state.root}`)
  const system = await startAndTell(setting, cleanup)
  const staysUp = terminal.interactive && !options.once
  terminal.heading('What to try next')
  for (const line of nextSteps(setting, staysUp)) terminal.say(line)
  if (staysUp) await stay(system.programs, setting)
  if (!setting.signal.aborted) terminal.heading('Ending everything')
}

async function makeStateDirectory({ root, logs }: StateDirectory): Promise<void> {
  try {
    await mkdir(logs, { recursive: true, mode: 0o700 })
    await access(logs, constants.W_OK)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const message = `${root} cannot be written to (${code}): name another place with XDG_STATE_HOME.`
    throw new QuickstartError('unwritable', message)
  }
}

/** What fails on a full disk says so. Found out before anything is removed again, which makes room. */
async function startAndTell(setting: Setting, cleanup: AsyncDisposableStack): Promise<System> {
  try {
    const system = await start(setting, cleanup)
    await tellStory(system, setting)
    return system
  } catch (error) {
    return await sayOfDisk(error, setting)
  }
}

async function sayOfDisk(error: unknown, { signal, state, cache }: Setting): Promise<never> {
  signal.throwIfAborted()
  throw await blamingDisk(error, [state.root, cache])
}

async function start(setting: Setting, cleanup: AsyncDisposableStack): Promise<System> {
  const { options, state, terminal } = setting
  const register = new ProcessRegister(state.processes)
  const left = await register.endLeftovers()
  if (left > 0) terminal.say(`Ended ${left} processes that an interrupted start had left behind`)
  const { people, broker, launchers } = options.ports
  await insistOnSpace(state.root, neededMegabytes)
  await insistOnPorts([
    { port: people, purpose: 'for people and containers', option: '--people-port' },
    { port: broker, purpose: 'for the broker', option: '--broker-port' },
    { port: launchers, purpose: 'for workers', option: '--launchers-port' },
  ])
  return await startSystem(setting, { register, cleanup })
}

/** Stays up until it is told to end; a program that ends by itself is a failure. */
async function stay(programs: readonly Program[], { terminal, signal }: Setting): Promise<void> {
  terminal.say('Everything stays up until Ctrl-C.')
  while (!signal.aborted) {
    const ended = programs.find((program) => !program.alive())
    if (ended) throw new QuickstartError('program-failed', `The ${ended.name} ended by itself.`, { logs: [ended.log] })
    await sleep(1_000, undefined, { signal }).catch(() => undefined)
  }
}
