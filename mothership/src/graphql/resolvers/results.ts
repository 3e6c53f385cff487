import type { PlanChange } from '../../../../protocol/results.ts'
import type { OutputView, ResultAdministration } from '../result-services.ts'
import { seconds } from '../seconds.ts'

/** The fields of a run that tell what its plan does. */
export function resultsOfRun(run: string, results: ResultAdministration) {
  return {
    delta: async () => {
      const counts = await results.counts(run)
      if (counts === null) return null
      const { add: addCount, change: changeCount, destroy: deleteCount, resources } = counts
      return { addCount, changeCount, deleteCount, resources, importCount: counts.import, forgetCount: counts.forget }
    },
    changesV3: async () => {
      const changes = await results.changes(run)
      return changes.length === 0 ? [] : [{ resources: changes.map(changeObject) }]
    },
    planInputs: () => results.planInputs(run),
  }
}

function changeObject({ address, previousAddress, type, action }: PlanChange) {
  return { address, previousAddress, metadata: { type: action.toUpperCase() }, resourceType: type }
}

/** The fields of a stack that tell what it gives to others. */
export function outputsOfStack(stack: string, results: ResultAdministration) {
  return {
    outputs: async () => (await results.outputs(stack, { sensitive: false })).map(outputObject),
    revealedOutputs: async () => (await results.outputs(stack, { sensitive: true })).map(outputObject),
  }
}

function outputObject({ name, sensitive, value, run, updatedAt }: OutputView) {
  return { id: name, description: null, sensitive, value: textOf(value), run, updatedAt: seconds(updatedAt) }
}

/** A text as it is, everything else as JSON: what a variable of another stack would be given. */
function textOf(json: string | null): string | null {
  if (json === null) return null
  const value: unknown = JSON.parse(json)
  return typeof value === 'string' ? value : json
}
