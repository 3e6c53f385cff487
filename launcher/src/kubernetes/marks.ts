/** Whether a pod says that it has a job in hand. */
export type Mark = 'busy' | 'idle'

/** A merge patch of a pod's metadata: texts are set, null removes. */
interface MarkPatch {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string | null>>
  }
}

/**
 * What each mark is in the words of those who take pods away: the chart's PodDisruptionBudget selects by the label, the cluster autoscaler and
 * Karpenter read their annotations, and a ReplicaSet that shrinks removes the cheapest pods first.
 */
export const patches: Readonly<Record<Mark, MarkPatch>> = {
  busy: patch({ busy: 'true', evict: 'false', disrupt: 'true', cost: '100' }),
  idle: patch({ busy: 'false', evict: 'true', disrupt: null, cost: '0' }),
}

function patch(values: {
  readonly busy: string
  readonly evict: string
  readonly disrupt: string | null
  readonly cost: string
}): MarkPatch {
  return {
    metadata: {
      labels: { 'spacelift-worker.io/busy': values.busy },
      annotations: {
        'cluster-autoscaler.kubernetes.io/safe-to-evict': values.evict,
        'karpenter.sh/do-not-disrupt': values.disrupt,
        'controller.kubernetes.io/pod-deletion-cost': values.cost,
      },
    },
  }
}
