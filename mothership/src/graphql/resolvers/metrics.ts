import type { Known, RootFields } from '../asked.ts'
import { standingOf } from './standing.ts'

/** What the exporter asks for. What is not measured is an empty list, which the exporter leaves out. */
export const metricFields = {
  usage: () => ({
    billingPeriodStart: 0,
    billingPeriodEnd: 0,
    usedPrivateMinutes: 0,
    usedPublicMinutes: 0,
    usedSeats: 0,
  }),

  metrics: (_: unknown, { rooms }: Known) => ({
    resourcesCountByDrift: [],
    avgStackSizeByResourceCount: [],
    averageRunDuration: [],
    medianRunDuration: [],

    async stacksCountByState() {
      const counts = new Map<string, number>()
      for (const { id } of await rooms.stacks.list()) {
        const { blocker, newest } = await standingOf(id, rooms.runs)
        const state = (blocker ?? newest)?.state ?? 'NONE'
        counts.set(state, (counts.get(state) ?? 0) + 1)
      }
      return [...counts].map(([state, value]) => ({ value, labels: [state] }))
    },
  }),
} as const satisfies RootFields<Known>
