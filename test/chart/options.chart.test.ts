import { globSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { leavesOf, readValues } from '../../ci/chart/values.ts'
import type { Option } from '../../launcher/src/config/option.ts'
import { options } from '../../launcher/src/config/options.ts'
import { chart, render, root, type Manifest } from './helm.ts'

/*
 * The launcher's options and the chart's values, both ways. When a test here fails because the launcher has an option more: add its value with
 * its variable in brackets to chart/values.yaml, its line to `spacelift-worker.optionsEnv` in chart/templates/_launcher.tpl, a setting to
 * test/chart/situations/everything.yaml, and run `npm run docs` and `npm run test:chart -- -u`.
 */

/** Options whose value follows from others or from the pod. */
const computed = [
  'SPACELIFT_TOKEN',
  'SPACELIFT_TOKEN_FILE',
  'SPACELIFT_POOL_PRIVATE_KEY',
  'SPACELIFT_POOL_PRIVATE_KEY_FILE',
  'SPACELIFT_LAUNCHER_DRAIN_TIMEOUT',
  'SPACELIFT_LAUNCHER_ENGINE_MEMORY',
  'SPACELIFT_LAUNCHER_POD_NAME',
  'SPACELIFT_LAUNCHER_POD_NAMESPACE',
]

/** Variables that are not the launcher's own: Node.js and programs below it read them. */
const ofOthers = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_DIR', 'THREE']

const rows = Object.values<Option<unknown>>(options)
const names = rows.map((row) => row.env)
const isOption = (name: string) =>
  rows.some((row) => (row.kind === 'family' ? name.startsWith(row.env) : name === row.env))

interface Variable {
  readonly name: string
}

function launcherEnv(manifests: readonly Manifest[]): Variable[] {
  interface Workload {
    readonly spec: {
      readonly template: { readonly spec: { readonly containers: { name: string; env: Variable[] }[] } }
    }
  }
  const workload = manifests.find((one) => ['StatefulSet', 'Deployment'].includes(one.kind)) as unknown as Workload
  return workload.spec.template.spec.containers.find((container) => container.name === 'launcher')?.env ?? []
}

const files = globSync(`${root}test/chart/situations/*.yaml`)
const values = leavesOf(readValues(readFileSync(`${chart}/values.yaml`, 'utf8')))
const world = { set: new Set<string>() }

beforeAll(async () => {
  for (const file of files) {
    for (const { name } of launcherEnv(await render('helm3', ['--values', file]))) world.set.add(name)
  }
})

describe('options of the launcher and variables of the chart', () => {
  it('sets every option of the launcher', () => {
    const missing = rows.filter((row) => ![...world.set].some((name) => name.startsWith(row.env)))
    expect(
      missing.map((row) => row.env),
      'these options have no value; the head of this file says what to add',
    ).toEqual([])
  })

  it('sets nothing that nobody reads', () => {
    const unread = [...world.set].filter((name) => !isOption(name) && !ofOthers.includes(name))
    expect(unread, 'these variables are read by nobody: remove them from chart/templates').toEqual([])
  })

  it('names the value of every option in its sentence', () => {
    const docs = values.map((value) => value.doc)
    const unnamed = names.filter((name) => !computed.includes(name) && !docs.some((doc) => doc.includes(`(\`${name}`)))
    expect(unnamed, 'no value of chart/values.yaml names these variables in brackets').toEqual([])
  })

  it("has the launcher's own defaults", () => {
    const differ = rows.flatMap((row) => {
      const value = values.find(({ doc }) => doc.includes(`(\`${row.env}\`)`))
      // The pod's daemon listens elsewhere than one of a machine.
      if (row.kind !== 'defaulted' || !value || row.env === 'DOCKER_HOST') return []
      return String(value.byDefault) === row.fallback ? [] : [`${value.path} is not ${row.fallback}`]
    })
    expect(differ).toEqual([])
  })
})
