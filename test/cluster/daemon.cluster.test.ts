import { describe, expect, inject, it } from 'vitest'
import { startTask } from '../system/runs.ts'
import { over } from './control.ts'
import { sharedWorkers } from './shared-workers.ts'

const pod = 'daemon-spacelift-worker-0'
/** Ends when it is told to, or the pod would last for the whole time that a run may take. */
const patient = 'trap "exit 0" TERM; while :; do sleep 1; done'

describe('the daemon of a worker', () => {
  const shared = sharedWorkers(() => ({
    name: 'daemon',
    values: {
      additionalContainers: [{ name: 'beside', image: inject('cluster').images.dind, command: ['sh', '-c', patient] }],
      dind: {
        mtu: 1400,
        tcp: { enabled: true },
        extraEnv: [{ name: 'DOCKER_IPTABLES_LEGACY', value: '1' }],
        defaultAddressPools: [{ base: '10.200.0.0/16', size: 24 }],
        config: { debug: true },
      },
    },
  }))

  it('is as the values say, and takes runs', async () => {
    const workers = await shared()
    const ask = (...words: string[]) => workers.exec(pod, 'dind', ...words)
    const options = await ask('docker', 'network', 'inspect', 'bridge', '--format', '{{json .}}')
    expect(JSON.parse(options)).toMatchObject({ Options: { 'com.docker.network.driver.mtu': '1400' } })
    expect(options).toContain('10.200.0.')
    expect(await ask('docker', 'info', '--format', '{{.Debug}} {{.LiveRestoreEnabled}}')).toBe('true true\n')
    const path = await ask('sh', '-c', "tr '\\0' '\\n' < /proc/$(pgrep -x dockerd)/environ | grep ^PATH=")
    expect(path).toContain('.iptables-legacy')
    const run = await startTask(workers.people, await workers.stack('settings'), 'cat /sys/class/net/eth0/mtu')
    expect((await over(workers.people, run)).state).toBe('FINISHED')
  })

  it('is there for containers beside the launcher by TCP on loopback, if that is wanted', async () => {
    const workers = await shared()
    const words = ['docker', '--host', 'tcp://localhost:2375', 'version', '--format', '{{.Server.Os}}']
    expect(await workers.exec(pod, 'beside', ...words)).toBe('linux\n')
  })

  it('gives the socket to the launcher, which is not root, and to nobody else', async () => {
    const workers = await shared()
    const stat = await workers.exec(pod, 'launcher', 'stat', '-c', '%a %u %g', '/var/run/dind/docker.sock')
    expect(stat).toBe('660 0 1983\n')
    expect(await workers.exec(pod, 'launcher', 'id', '-u')).toBe('1983\n')
  })
})
