import { globSync } from 'node:fs'
import { basename } from 'node:path'

import { describe, expect, inject, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { logOf, startTask } from '../system/runs.ts'
import { apply } from './apply.ts'
import { over } from './control.ts'
import { helm, kubectl } from './kubernetes.ts'
import { installed, notInstalled, prepare, presetFile } from './presets.ts'
import { Workers } from './workers.ts'

const presets = globSync(presetFile('*')).map((file) => basename(file, '.yaml'))

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
}

/** Whether the cluster knows a kind; those of operators that are not there it does not. */
async function known({ apiVersion, kind }: Manifest): Promise<boolean> {
  const kinds = JSON.parse(
    await kubectl('get', '--raw', apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`).catch(() => '{}'),
  ) as {
    resources?: { kind: string }[]
  }
  return kinds.resources?.some((resource) => resource.kind === kind) ?? false
}

describe('a preset', () => {
  it.each(presets)('%s is taken by the API server, field by field', async (preset) => {
    const chart = presetFile('../chart').replace(/\.yaml$/, '')
    const words = ['template', 'preset', chart, '--values', presetFile(preset), '--namespace', 'default']
    // The test's pod, a hook, can be made only after the release's objects.
    const text = await helm(4, ...words, '--no-hooks')
    const manifests = parseAllDocuments(text).flatMap((document) => (document.toJSON() as Manifest | null) ?? [])
    const taken: Manifest[] = []
    for (const manifest of manifests) if (await known(manifest)) taken.push(manifest)
    const answer = await apply(taken, '--dry-run=server', '--validate=strict', '--namespace', 'default')
    expect(answer).toHaveLength(taken.length)
    const operators = new Set(['ScaledObject', 'PodMonitor', 'PrometheusRule'])
    expect(manifests.filter((one) => !taken.includes(one) && !operators.has(one.kind))).toEqual([])
  })

  it.each(Object.entries(installed))('%s is installed, and its worker takes a run', async (preset, settingOf) => {
    const { values, objects } = settingOf(inject('cluster'))
    const before = (workers: Workers) => prepare(workers, objects)
    await using workers = await Workers.install({
      name: `preset-${preset}`,
      preset: presetFile(preset),
      values,
      before,
    })
    workers.shownIfTestFails()
    await workers.settled(1)
    const run = await startTask(workers.people, await workers.stack('preset'), 'echo from here')
    expect((await over(workers.people, run)).state).toBe('FINISHED')
    expect(await logOf(workers.people, run)).toContain('from here\n')
    await helm(4, 'uninstall', workers.name, '--namespace', workers.name, '--wait')
  })

  it.each(Object.entries(notInstalled))('%s is only checked, because %s', (preset) => {
    expect(presets).toContain(preset)
  })

  it('is installed here, or it is said why not', () => {
    const others = ['private-registry', 'proxy-with-own-ca']
    expect([...Object.keys(installed), ...Object.keys(notInstalled), ...others].toSorted()).toEqual(presets.toSorted())
  })
})
