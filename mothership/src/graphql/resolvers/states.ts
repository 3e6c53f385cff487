import { Refusal } from '../../base/errors.ts'
import type { Known, RootFields } from '../asked.ts'
import { seconds } from '../seconds.ts'
import type { StateAdministration, StateLockView, StateVersionView } from '../services.ts'

/** The fields of a stack that tell of its state. */
export function stateOfStack(stack: string, states: StateAdministration) {
  return {
    stateVersions: async () => (await states.versions(stack)).map(versionObject),
    stateLock: async () => lockObject(await states.lock(stack)),
  }
}

function versionObject({ createdAt, ...version }: StateVersionView) {
  return { ...version, createdAt: seconds(createdAt) }
}

function lockObject(lock: StateLockView | null) {
  return lock && { ...lock, at: seconds(lock.at) }
}

interface Download {
  readonly input: { readonly stackId: string; readonly version?: string | null }
}

/** What can be done with a stack's state. */
export const stateFields = {
  async stateDownloadUrl({ input }: Download, { rooms, links }: Known) {
    const { stackId, version } = input
    await assertKept(stackId, version ?? undefined, rooms.states)
    return { url: links.to({ kind: 'state', id: stackId, version: version ?? '' }) }
  },
  async statePush(push: { stack: string; state: string; force?: boolean | null }, { rooms, person }: Known) {
    return versionObject(await rooms.states.push(push.stack, push.state, { force: push.force ?? false }, person))
  },
  async stateRollback({ stack, version }: { stack: string; version: string }, { rooms, person }: Known) {
    return versionObject(await rooms.states.rollback(stack, version, person))
  },
  async stateUnlock({ stack }: { stack: string }, { rooms, person }: Known) {
    return lockObject(await rooms.states.unlock(stack, person))
  },
} as const satisfies RootFields<Known>

/** The link itself could only answer 404: what is wrong is said here. */
async function assertKept(stack: string, version: string | undefined, states: StateAdministration): Promise<void> {
  const versions = await states.versions(stack)
  if (versions.length === 0) throw new Refusal('not-found', `state of stack ${stack} not found: none is kept here`)
  if (version !== undefined && !versions.some(({ id }) => id === version)) {
    throw new Refusal('not-found', `version ${version} of the state of stack ${stack} not found`)
  }
}
