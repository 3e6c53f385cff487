import { defineConfig } from 'vitest/config'

const common = {
  root: new URL('..', import.meta.url).pathname,
  sequence: { shuffle: true },
  retry: 0,
  restoreMocks: true,
  unstubEnvs: true,
}

/** `unit` needs nothing and takes seconds; `real` needs a Docker engine, OpenTofu and Mosquitto, which its set-up brings; `chart` needs Helm, which its set-up brings; `cluster` needs a Kubernetes, and brings one. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['**/*.{real,chart,cluster}.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          ...common,
          name: 'real',
          include: ['test/**/*.real.test.ts'],
          globalSetup: ['test/support/real-setup.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...common,
          name: 'chart',
          include: ['test/**/*.chart.test.ts'],
          globalSetup: ['test/chart/set-up.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...common,
          name: 'cluster',
          include: ['test/cluster/**/*.cluster.test.ts'],
          globalSetup: ['test/cluster/setup.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
