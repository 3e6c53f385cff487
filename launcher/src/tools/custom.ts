import type { Tool } from '../run/tool.ts'
import { readWorkflow } from './workflow.ts'

/** Any commands at all, from `.spacelift/workflow.yml` in the source. Where they keep their state is their own business. */
export const custom: Tool = {
  name: 'custom',
  binary: null,
  environment: {},
  commands: async (workflow) => {
    const { planChangesExitCode, init, plan, apply, destroy, showPlan, getOutputs } = await readWorkflow(workflow)
    return {
      INITIALIZING: init,
      PLANNING: plan,
      APPLYING: apply,
      DESTROYING: destroy,
      changesExitCode: planChangesExitCode,
      showPlan,
      outputs: getOutputs,
    }
  },
  ownBackend: () => null,
  state: () => null,
  erroredState: null,
}
