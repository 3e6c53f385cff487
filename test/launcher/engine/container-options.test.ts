import { describe, expect, it } from 'vitest'
import { checkEnvironment, containerOptions } from '../../../launcher/src/engine/container-options.ts'
import type { ContainerPlan } from '../../../launcher/src/run/engine.ts'

const plan: ContainerPlan = {
  name: 'job',
  image: 'image:1',
  command: ['/bin/sh', '/script/run.sh', 'a b'],
  environment: ['A=1'],
  workingDirectory: '/mnt/workspace',
  user: '1983:1983',
  mounts: [{ source: '/here', target: '/there', readOnly: true }],
  labels: { run: 'x' },
  network: 'bridge',
  runtime: null,
  extraHosts: ['host.docker.internal:host-gateway'],
  memoryBytes: null,
  cpus: null,
  pids: 4096,
}

describe('containerOptions', () => {
  it('says a plan in the words of the Docker API', () => {
    expect(containerOptions(plan)).toEqual({
      Image: 'image:1',
      Entrypoint: ['/bin/sh'],
      Cmd: ['/script/run.sh', 'a b'],
      Env: ['A=1'],
      WorkingDir: '/mnt/workspace',
      User: '1983:1983',
      Labels: { run: 'x' },
      Tty: false,
      OpenStdin: false,
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        Init: true,
        SecurityOpt: ['no-new-privileges'],
        OomScoreAdj: 500,
        PidsLimit: 4096,
        NetworkMode: 'bridge',
        ExtraHosts: ['host.docker.internal:host-gateway'],
        LogConfig: {
          Type: 'local',
          Config: { 'max-size': '1p', 'max-file': '1', compress: 'false', mode: 'blocking' },
        },
        Mounts: [{ Type: 'bind', Source: '/here', Target: '/there', ReadOnly: true }],
      },
    })
  })

  it('limits memory without swap, processors in billionths, and names the runtime, where the plan does', () => {
    const limited = { ...plan, memoryBytes: 64 * 1024 * 1024, cpus: 1.5, runtime: 'runsc' }
    expect(containerOptions(limited)).toMatchObject({
      HostConfig: { Memory: 67108864, MemorySwap: 67108864, NanoCpus: 1_500_000_000, Runtime: 'runsc' },
    })
  })
})

describe('checkEnvironment', () => {
  it('takes any value', () => expect(() => checkEnvironment(['A=', 'B=a=b\n☂'])).not.toThrow())

  it('refuses what no process can be given, by the name of the variable alone', () => {
    expect(() => checkEnvironment(['A=1', 'TOKEN=hun\0ter'])).toThrow(
      /^the variable "TOKEN" of the environment has a NUL/,
    )
    for (const entry of ['=secret', 'secret', '']) {
      expect(() => checkEnvironment([entry])).toThrow(/^a variable of the environment has no name$/)
    }
  })
})
