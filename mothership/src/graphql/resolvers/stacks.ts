import { hookNames, type RunType } from '../../../../protocol/job.ts'
import { Refusal } from '../../base/errors.ts'
import type { Known, RootFields, Rooms } from '../asked.ts'
import { seconds } from '../seconds.ts'
import type { StackVariable, StackView } from '../services.ts'
import { outputsOfStack } from './results.ts'
import { runsPerPage } from './runs.ts'
import { search, type SearchInput } from './search.ts'
import { spaceObject } from './spaces.ts'
import { sourceOf } from './stack-source.ts'
import { searchableStacks } from './stack-search.ts'
import { standingFields } from './standing.ts'
import { stateOfStack } from './states.ts'
import { vendorConfig } from './vendors.ts'

/** A stack as the schema has it. */
export function stackObject(stack: StackView, rooms: Rooms) {
  return {
    ...neutral,
    ...definition(stack),
    ...sourceOf(stack),
    ...standingFields(stack.id, rooms),
    ...runsOf(stack.id, rooms),
    ...stateOfStack(stack.id, rooms.states),
    ...outputsOfStack(stack.id, rooms.results),
    workerPool: async () => {
      const pool = stack.pool === null ? null : await rooms.pools.get(stack.pool)
      return pool && rooms.show.pool(pool)
    },
  }
}

/** Fields of features that are not here: locks by hand, contexts, policies, modules, local preview. */
const neutral = {
  additionalProjectGlobs: [],
  administrative: false,
  autoretry: false,
  isDisabled: false,
  localPreviewEnabled: false,
  canWrite: true,
  starred: false,
  deleted: false,
  deleting: false,
  lockedBy: null,
  trackedCommit: null,
  trackedCommitSetBy: null,
  attachedContexts: [],
  attachedPolicies: [],
  moduleVersionsUsed: [],
}

function definition(stack: StackView) {
  const config = stack.environment.map((variable) => configElement(variable, stack))
  return {
    id: stack.id,
    name: stack.name,
    description: stack.description,
    labels: stack.labels,
    space: stack.space,
    spaceDetails: () => spaceObject(stack.space),
    createdAt: seconds(stack.createdAt),
    updatedAt: seconds(stack.updatedAt),
    projectRoot: stack.projectRoot,
    autodeploy: stack.autodeploy,
    managesStateFile: stack.managesState,
    enableSensitiveOutputUpload: stack.sensitiveOutputs,
    enableWellKnownSecretMasking: stack.maskWellKnown,
    runnerImage: stack.image,
    terraformVersion: stack.tool.version,
    tool: stack.tool,
    vendorConfig: vendorConfig(stack.tool),
    ...Object.fromEntries(hookNames.map((name) => [name, stack.hooks[name] ?? []])),
    config,
    runtimeConfig: config.map((element) => ({ context: null, element })),
  }
}

function configElement({ name, value, secret, checksum }: StackVariable, { createdAt }: StackView) {
  const type = 'ENVIRONMENT_VARIABLE'
  return {
    id: name,
    type,
    value,
    checksum,
    writeOnly: secret,
    runtime: false,
    createdAt: seconds(createdAt),
    description: null,
  }
}

function runsOf(stack: string, rooms: Rooms) {
  const one = async (id: string) => {
    const run = await rooms.runs.get(id)
    return run?.stack === stack ? run : null
  }
  const page =
    (types: readonly RunType[]) =>
    async ({ before }: { before?: string | null }) => {
      const runs = await rooms.runs.list({ stack, types, before: before ?? undefined, limit: runsPerPage })
      return runs.map((run) => rooms.show.run(run))
    }
  return {
    run: async ({ id }: { id: string }) => {
      const run = await one(id)
      return run && rooms.show.run(run)
    },
    runResourceState: async ({ id }: { id: string }) => one(id),
    runs: page(['TRACKED', 'DESTROY']),
    proposedRuns: page(['PROPOSED']),
    tasks: page(['TASK']),
  }
}

/** Lists, searches and the end of stacks. */
export const stackFields = {
  async stack({ id }: { id: string }, { rooms }: Known) {
    const stack = await rooms.stacks.get(id)
    return stack && rooms.show.stack(stack)
  },
  async stacks(_: unknown, { rooms }: Known) {
    return (await rooms.stacks.list()).map((stack) => rooms.show.stack(stack))
  },
  async searchStacks({ input }: { input: SearchInput }, { rooms }: Known) {
    const page = await search(await rooms.stacks.list(), input, searchableStacks(rooms))
    return { ...page, edges: page.edges.map(({ node }) => ({ node: rooms.show.stack(node) })) }
  },
  async runStack({ runId }: { runId: string }, { rooms }: Known) {
    const run = await rooms.runs.get(runId)
    const stack = run && (await rooms.stacks.get(run.stack))
    // spacectl compares the whole message.
    if (!stack) throw new Refusal('not-found', 'not found')
    return rooms.show.stack(stack)
  },
  async stackDelete(chosen: { id: string; destroyResources?: boolean | null }, { rooms, person }: Known) {
    if (chosen.destroyResources) {
      throw new Refusal(
        'conflict',
        'destroyResources is not supported: trigger a DESTROY run, wait for it, then delete',
      )
    }
    const stack = await rooms.stacks.remove(chosen.id, person)
    return stack && rooms.show.stack(stack)
  },
  async stackApply(chosen: { yaml: string; source?: string | null }, { rooms, person }: Known) {
    const stack = await rooms.stacks.apply(chosen.yaml, { source: chosen.source ?? undefined }, person)
    return rooms.show.stack(stack)
  },
  sourceUpload: (_: unknown, { links }: Known) => ({
    uploadUrl: links.to({ kind: 'upload', id: 'source' }),
    uploadHeaders: { entries: [] },
  }),
} as const satisfies RootFields<Known>
