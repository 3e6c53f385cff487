import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { messageOf } from '../../ci/tools/errors.ts'
import { runCommand } from '../../ci/tools/command.ts'
import './provided.ts'

/** What tests read of a pod. */
export interface Pod {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
  }
  readonly status: {
    readonly phase: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly lastTransitionTime: string
    }[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

interface ContainerStatus {
  readonly name: string
  readonly restartCount: number
  readonly containerID?: string
  readonly ready: boolean
}

const commandMs = 290_000
const lookAgainMs = 200

/** kubectl with the cluster under test. Rejects with its last words. */
export function kubectl(...words: readonly string[]): Promise<string> {
  const { kubectl: command, kubeconfig } = inject('cluster')
  const [program = '', ...before] = command
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  return runCommand(program, [...before, ...words], { env, signal: AbortSignal.timeout(commandMs) })
}

/** Helm with the cluster under test. */
export function helm(major: 3 | 4, ...words: readonly string[]): Promise<string> {
  const { helm: programs, kubeconfig } = inject('cluster')
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  return runCommand(programs[major], words, { env, signal: AbortSignal.timeout(commandMs) })
}

/** Asks again and again until the answer is not undefined, null or false; a rejection is asked again too. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false>,
  limitMs = 120_000,
): Promise<T> {
  const end = performance.now() + limitMs
  let last = 'nothing yet'
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== null && answer !== false) return answer
    } catch (error) {
      last = messageOf(error)
    }
    if (performance.now() > end) throw new Error(`waited in vain for ${what}: ${last}`)
    await sleep(lookAgainMs)
  }
}

/** Whether a pod has a condition, such as `Ready`. */
export function is(pod: Pod, type: string): boolean {
  return pod.status.conditions?.some((one) => one.type === type && one.status === 'True') ?? false
}
