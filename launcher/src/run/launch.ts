import { ulid } from 'ulid'
import type { JobContainer } from './container.ts'
import type { ContainerPlan } from './engine.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { claimIn } from './journal/recovery.ts'
import { explained } from './mounts.ts'
import type { LeftState } from './rescue.ts'

/** The container that a job is to have. */
export interface Wanted {
  readonly plan: ContainerPlan
  readonly container: JobContainer
  /** The file of a state that cannot be delivered, before the container runs. */
  readonly before: LeftState | null
}

/** A container that runs. */
export interface Launched {
  readonly id: string
  readonly output: AsyncIterable<Uint8Array>
  /** Set if the output goes on behind what the daemon took down until this moment, by its own clock in milliseconds since 1970. */
  readonly since: number | null
  /** Ends the watching of the container, with a reason; the container lives on. */
  readonly watching: AbortController
}

/**
 * Creates a job's container and starts it, if the control plane grants the start. The two are asked for at the same
 * time, and the journal knows of each step before it is taken; nothing is started before both are answered.
 */
export async function launch(parts: ConductorParts, hand: JobInHand, wanted: Wanted): Promise<Launched> {
  const { engine } = parts
  const { mounts } = parts.settings
  const { journal, log } = hand
  const { signal } = hand.ending
  const watching = new AbortController()
  await log.line('Creating Docker container...')
  const creating = create(parts, hand, wanted)
  const attached = creating.then(async (id) => ({ id, output: await engine.attach(id, watching.signal) }))
  const [{ id, output }] = await bothSettled(attached, grant(hand))
  try {
    await log.line('Starting Docker container...')
    await journal.write({ kind: 'started' })
    signal.throwIfAborted()
    await engine.start(id, signal)
  } catch (error) {
    watching.abort(error)
    throw explained(error, mounts)
  }
  await log.line('Docker container is GO')
  return { id, output, since: null, watching }
}

async function create(parts: ConductorParts, hand: JobInHand, wanted: Wanted): Promise<string> {
  const { mounts } = parts.settings
  const creating = () => parts.engine.create(wanted.plan, hand.ending.signal)
  const id = await wanted.container.made(creating).catch((error: unknown) => {
    throw explained(error, mounts)
  })
  await hand.journal.note({ kind: 'container', id, word: hand.word, state: wanted.before })
  return id
}

/**
 * A job that is conducted again asks with the claim that it asked with before, because that one may have been granted.
 */
async function grant({ id, journal, control, ending }: JobInHand): Promise<void> {
  const claim = claimIn(journal.before.records) ?? ulid()
  await journal.write({ kind: 'claim', claim })
  await control.start(id, claim, ending.signal)
}

/**
 * Both results. If either fails the other one is waited for, so that nothing goes on unseen; the first failure is
 * thrown.
 */
async function bothSettled<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second])
  return [await first, await second]
}
