import { describe, expect, it } from 'vitest'
import { logOf, says, startTask } from '../system/runs.ts'
import { over } from './control.ts'
import { helm, kubectl, until } from './kubernetes.ts'
import { Workers } from './workers.ts'

describe('the chart in a cluster', () => {
  it.each([3, 4] as const)('is installed by Helm %i, takes a run, and leaves nothing', async (major) => {
    const name = `install-${major}`
    await using workers = await Workers.install({ name, helm: major })
    workers.shownIfTestFails()
    const run = await startTask(workers.people, await workers.stack('hello'), 'echo from $(hostname); id -u')
    expect((await over(workers.people, run)).state).toBe('FINISHED')
    expect(await logOf(workers.people, run)).toMatch(/from [0-9a-f]{12}\n1983\n/)
    await helm(major, 'test', name, '--namespace', name)
    await helm(major, 'uninstall', name, '--namespace', name, '--wait')
    const kinds =
      'statefulsets,services,secrets,configmaps,serviceaccounts,roles,rolebindings,poddisruptionbudgets,pods,persistentvolumeclaims'
    // Its pods end by themselves, as they do when they are deleted.
    const own = ['configmap/kube-root-ca.crt', 'serviceaccount/default']
    await until('nothing to be left', async () => {
      const left = (await kubectl('--namespace', name, 'get', kinds, '--output', 'name')).trim().split('\n')
      return left.toSorted().join() === own.join()
    })
  })

  it('reaches the mothership by its name from the containers of runs', async () => {
    await using workers = await Workers.install({ name: 'names' })
    workers.shownIfTestFails()
    const stack = await workers.stack(
      'state',
      'tool: opentofu\nfiles: [{ path: source/main.tf, content: \'output "greeting" { value = "hello" }\' }]\nautodeploy: true',
    )
    const run = await startTask(workers.people, stack, 'cd source; tofu version')
    await says(workers.people, run, 'OpenTofu v')
    expect((await over(workers.people, run)).state).toBe('FINISHED')
  })
})
