import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, it } from 'vitest'
import { runCommand } from '../../ci/tools/command.ts'
import { kubectl, until } from './kubernetes.ts'
import { named } from './image-name.ts'

const script = fileURLToPath(new URL('../../mothership/chart/try-out.sh', import.meta.url))
const namespace = 'try-out'

/** A folder with helm and kubectl as a person has them, and the values of both charts. */
async function prepare(folder: string): Promise<Record<string, string>> {
  const { helm, kubectl: words, kubeconfig, images, mothership, insecureRegistry } = inject('cluster')
  await symlink(helm[4], join(folder, 'helm'))
  await writeFile(join(folder, 'kubectl'), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`)
  await chmod(join(folder, 'kubectl'), 0o755)
  const workers = {
    launcher: { image: named(images.launcher), defaultRunnerImage: images.runner },
    dind: { image: named(images.dind), insecureRegistries: insecureRegistry ? [insecureRegistry] : [] },
  }
  await writeFile(join(folder, 'mothership.json'), JSON.stringify({ image: named(mothership) }))
  await writeFile(join(folder, 'workers.json'), JSON.stringify(workers))
  return { ...process.env, KUBECONFIG: kubeconfig, PATH: `${folder}:${process.env['PATH'] ?? ''}` }
}

describe('the try-out', () => {
  it('installs a mothership and workers with one command, and upgrades them with the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'try-out-'))
    try {
      const env = await prepare(folder)
      const words = [script, namespace, join(folder, 'mothership.json'), join(folder, 'workers.json')]
      await runCommand('sh', words, { env, signal: AbortSignal.timeout(240_000) })
      await runCommand('sh', words, { env, signal: AbortSignal.timeout(240_000) })
      await until('a worker', async () => {
        const list = ['spacelift-mothership', 'worker', 'list', '--json']
        const text = await kubectl('--namespace', namespace, 'exec', 'spacelift-mothership-0', '--', ...list)
        return (JSON.parse(text) as { status: string }[]).length === 1
      })
      const pool = await kubectl('--namespace', namespace, 'get', 'secret', 'try-out-pool', '--output', 'json')
      expect(Object.keys((JSON.parse(pool) as { data: object }).data).toSorted()).toEqual(['privateKey', 'token'])
    } finally {
      await rm(folder, { recursive: true, force: true })
      await kubectl('delete', 'namespace', namespace, '--timeout=120s')
    }
  })
})
