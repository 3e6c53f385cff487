import { describe, expect, it } from 'vitest'
import { logOf, startTask } from '../system/runs.ts'
import { over } from './control.ts'
import { sharedWorkers } from './shared-workers.ts'

const policy = `package spacelift

deny["not on this worker"] { contains(input.stack.id, "forbidden") }
`

const settings = { name: 'settings', configMap: { name: 'settings' } }
const dockerConfig = { auths: { 'registry.example': { auth: 'dXNlcjpwYXNzd29yZA==' } } }

describe('files of the operator', () => {
  const shared = sharedWorkers({
    name: 'files',
    before: (workers) => workers.kubectl('create', 'configmap', 'settings', '--from-literal=region=north'),
    values: {
      volumes: [settings],
      launcher: {
        policy: { rego: policy },
        dockerConfig: { config: dockerConfig },
        extraMounts: ['/etc/settings:/mnt/settings'],
        extraEnv: [
          { name: 'GREETING', value: 'hello' },
          { name: 'OWN', value: '$(SPACELIFT_METADATA_instance_id)' },
        ],
        whitelistEnvs: ['GREETING', 'OWN'],
      },
      dind: { extraVolumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }] },
    },
  })

  it('reach runs: volumes of the pod, and variables of the launcher', async () => {
    const workers = await shared()
    const task = 'echo "$GREETING from $OWN in $(cat /mnt/settings/region)"'
    const run = await startTask(workers.people, await workers.stack('mounted'), task)
    expect((await over(workers.people, run)).state).toBe('FINISHED')
    expect(await logOf(workers.people, run)).toContain('hello from files-spacelift-worker-0 in north\n')
  })

  it('refuse runs: a policy, by its own words', async () => {
    const workers = await shared()
    const run = await startTask(workers.people, await workers.stack('forbidden'), 'echo never')
    const ended = await over(workers.people, run)
    expect(ended.state).toBe('FAILED')
    expect(ended.history.at(-1)?.note).toContain('not on this worker')
    expect(await logOf(workers.people, run)).not.toContain('never\n')
  })

  it('are there for pulling images: config.json, for the launcher', async () => {
    const workers = await shared()
    const script = 'cat "$SPACELIFT_DOCKER_CONFIG_DIR/config.json"'
    const text = await workers.exec('files-spacelift-worker-0', 'launcher', 'sh', '-c', script)
    expect(JSON.parse(text)).toEqual(dockerConfig)
  })
})
