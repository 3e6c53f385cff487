import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { leavesOf, readValues } from '../../../ci/chart/values.ts'
import { helm, mothershipChart, render, root } from '../../chart/helm.ts'

const situations = globSync(`${root}test/mothership/chart/situations/*.yaml`).sort()

describe.each(situations.map((file) => ({ file, name: file.slice(root.length) })))('$name', ({ file }) => {
  it('renders the same with Helm 3 and Helm 4', async () => {
    const third = await render('helm3', ['--values', file], mothershipChart)
    expect(third.map(({ kind }) => kind)).toContain('StatefulSet')
    expect(await render('helm4', ['--values', file], mothershipChart)).toEqual(third)
  })

  it.each(['helm3', 'helm4'] as const)('passes the strict lint of %s', async (version) => {
    expect(await helm(version, ['lint', '--strict', mothershipChart, '--values', file])).toContain('0 chart(s) failed')
  })
})

/*
 * Every value does something: in one of the situations it is set, and its default in place of that, or another value, changes what is rendered.
 */

const leaves = leavesOf(readValues(readFileSync(`${mothershipChart}/values.yaml`, 'utf8')))
const all = (file: string, ...more: string[]) =>
  helm('helm3', ['template', 'pool', mothershipChart, '--namespace', 'workers', '--values', file, ...more])

/** Which are of no effect beside another, and are set where that one is not. */
const beside: Readonly<Record<string, readonly string[]>> = {
  'image.tag': ['image.digest'],
  nameOverride: ['fullnameOverride'],
}

/** Which are refused by default there, or have it there. */
const instead: Readonly<Record<string, unknown>> = { 'ingress.host': 'other.corp', 'serviceAccount.create': false }

it.concurrent.each(leaves)('$path changes what is rendered', async ({ path, byDefault }) => {
  const value = (of: string, values: unknown) => `--set-json=${of}=${JSON.stringify(values)}`
  const defaultOf = (of: string) => leaves.find((leaf) => leaf.path === of)?.byDefault
  const others = (beside[path] ?? []).map((other) => value(other, defaultOf(other)))
  const file = `${root}test/mothership/chart/situations/everything.yaml`
  const set = path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], parse(readFileSync(file, 'utf8')))
  expect(set, `${path} in everything.yaml`).toBeDefined()
  const same = (await all(file, ...others, value(path, instead[path] ?? byDefault))) === (await all(file, ...others))
  expect(same, `${path}: ${JSON.stringify(set)} and another render the same`).toBe(false)
})
