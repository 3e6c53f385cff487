import type { HookName, Phase } from '../../../../protocol/job.ts'

/** What a phase is called in the log, and its hooks. */
export interface PhaseWords {
  readonly before: HookName
  readonly after: HookName
  /** Begins the line `... with N custom hooks...`. */
  readonly title: string
  /** Ends the line `Unexpected exit code when ...: N`. */
  readonly doing: string
  readonly done: string
}

/** In the words that readers of Spacelift's logs know, as far as they are known. */
export const phaseWords = {
  INITIALIZING: {
    before: 'beforeInit',
    after: 'afterInit',
    title: 'Initializing',
    doing: 'initializing',
    done: 'Initialization is GO',
  },
  PLANNING: {
    before: 'beforePlan',
    after: 'afterPlan',
    title: 'Planning changes',
    doing: 'planning changes',
    done: 'Changes are GO',
  },
  APPLYING: {
    before: 'beforeApply',
    after: 'afterApply',
    title: 'Applying changes',
    doing: 'applying changes',
    done: 'Applying is GO',
  },
  PERFORMING: {
    before: 'beforePerform',
    after: 'afterPerform',
    title: 'Performing the task',
    doing: 'performing the task',
    done: 'Performing is GO',
  },
  DESTROYING: {
    before: 'beforeDestroy',
    after: 'afterDestroy',
    title: 'Destroying resources',
    doing: 'destroying resources',
    done: 'Destroying is GO',
  },
} as const satisfies Record<Phase, PhaseWords>

/** `beforeInit` as people write it: `before_init`. */
export function hookTitle(hook: string): string {
  return hook.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
