import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { leavesOf, readValues, type Value } from '../../ci/chart/values.ts'
import { chart, helm, render, root } from './helm.ts'

/*
 * Every value does something: in one of the situations it is set to something else than its default, and taking it away there changes what is
 * rendered. That also shows that null is the default, and that no value is read by nobody.
 */

const leaves = leavesOf(readValues(readFileSync(`${chart}/values.yaml`, 'utf8')))
const situations = globSync(`${root}test/chart/situations/*.yaml`)
  .sort()
  .map((file) => ({ file, name: basename(file, '.yaml'), values: parse(readFileSync(file, 'utf8')) as unknown }))

function at(values: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((group, key) => (group as Record<string, unknown> | undefined)?.[key], values)
}

function situationOf(leaf: Value): (typeof situations)[number] | undefined {
  return situations.find(({ values }) => {
    const set = at(values, leaf.path)
    return set !== undefined && JSON.stringify(set) !== JSON.stringify(leaf.byDefault)
  })
}

it('has each value set in one of the situations of test/chart/situations', () => {
  expect(leaves.filter((leaf) => !situationOf(leaf)).map((leaf) => leaf.path)).toEqual([])
})

it.each(situations)('renders the situation $name the same with Helm 3 and Helm 4', async ({ file }) => {
  expect(await render('helm4', ['--values', file])).toEqual(await render('helm3', ['--values', file]))
})

/** Which must go together with another, to which it would otherwise belong. */
const together: Readonly<Record<string, readonly string[]>> = {
  'credentials.token': ['credentials.privateKey'],
  'credentials.privateKey': ['credentials.token'],
  'credentials.create': ['credentials.existingSecret'],
  'dind.enabled': ['launcher.dockerHost', 'launcher.dockerTLS.existingSecret'],
  'launcher.dockerHost': ['dind.enabled', 'launcher.dockerTLS.existingSecret'],
  'keda.triggers': ['keda.enabled'],
  'keda.prometheus.query': ['keda.enabled'],
  'keda.prometheus.serverAddress': ['keda.enabled'],
  'keda.prometheus.workerPoolId': ['keda.enabled'],
}

const words = (file: string) => ['template', 'pool', chart, '--namespace', 'workers', '--values', file]
const whole = new Map(situations.map(({ file }) => [file, once(() => helm('helm3', words(file)))]))

it.concurrent.each(leaves)('$path changes what is rendered', async (leaf) => {
  const { file, values } = situationOf(leaf) ?? { file: '', values: null }
  const nulls = [leaf.path, ...(together[leaf.path] ?? [])].flatMap((path) => ['--set', `${path}=null`])
  const without = await helm('helm3', [...words(file), ...nulls])
  const same = without === (await whole.get(file)?.())
  expect(same, `${leaf.path}: the default and ${JSON.stringify(at(values, leaf.path))} render the same`).toBe(false)
})

function once<T>(make: () => T): () => T {
  const made: T[] = []
  return () => (made[0] ??= make())
}
