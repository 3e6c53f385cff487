import { expect, it } from 'vitest'
import { planContainer } from '../../../launcher/src/run/plan.ts'
import { jobDirectories } from '../../../launcher/src/run/workspace/directories.ts'
import { sampleJob } from '../../fakes/jobs.ts'
import { worker } from './world.ts'

const job = sampleJob(worker, { id: '01JD0000000000000000000001', run: '01JD0000000000000000000002' })
const settings = {
  directory: '/opt/spacelift',
  defaultImage: 'default:1',
  allowedImageHosts: null,
  authorities: [],
  pullPolicy: 'if-not-present' as const,
  network: 'bridge',
  runtime: 'runsc',
  memoryBytes: 1024,
  cpus: 2,
  pids: 100,
  passed: [],
  masked: [],
  mounts: [],
  runTimeoutMs: 1,
  logsTimeoutMs: 1,
  graces: { interruptMs: 30_000, terminateMs: 10_000, killMs: 10_000 },
  debug: false,
  launcherVersion: '1',
}
const parts = {
  job,
  directories: jobDirectories('/opt/spacelift', job.id),
  owner: { uid: 1983, gid: 1983 },
  environment: ['A=b'],
  binaries: null,
  settings,
  directoryLabel: 'whose',
}

it('is all that the engine needs to know', () => {
  expect(planContainer(parts)).toEqual({
    name: 'spacelift-01JD0000000000000000000001',
    image: 'default:1',
    command: ['/bin/sh', '/var/spacelift/run.sh'],
    environment: ['A=b'],
    workingDirectory: '/mnt/workspace',
    user: '1983:1983',
    mounts: [
      { source: '/opt/spacelift/jobs/01JD0000000000000000000001/workspace', target: '/mnt/workspace', readOnly: false },
      { source: '/opt/spacelift/jobs/01JD0000000000000000000001/script', target: '/var/spacelift', readOnly: true },
    ],
    labels: {
      'io.spacelift-worker.managed': 'true',
      'io.spacelift-worker.directory': 'whose',
      'io.spacelift-worker.worker': worker,
      'io.spacelift-worker.run': '01JD0000000000000000000002',
      'io.spacelift-worker.job': '01JD0000000000000000000001',
      'io.spacelift-worker.stack': 'a-stack',
    },
    network: 'bridge',
    runtime: 'runsc',
    extraHosts: [],
    memoryBytes: 1024,
    cpus: 2,
    pids: 100,
  })
})

it('mounts what the operator gives to jobs of its kind, writable', () => {
  const mounts = (['both', 'read', 'write'] as const).map((access) => ({
    source: `/host/${access}`,
    target: `/${access}`,
    access,
    setting: 'S',
  }))
  const targets = (phases: typeof job.phases) =>
    planContainer({ ...parts, job: { ...job, phases }, settings: { ...settings, mounts } })
      .mounts.slice(2)
      .map(({ source, target, readOnly }) => `${source}:${target}${readOnly ? ' read-only' : ''}`)
  expect(targets(['INITIALIZING', 'PLANNING'])).toEqual(['/host/both:/both', '/host/read:/read'])
  expect(targets(['INITIALIZING', 'PLANNING', 'APPLYING'])).toEqual(['/host/both:/both', '/host/write:/write'])
})

it('mounts the tool, takes the image of the job, and lets it reach the machine around only for its state', () => {
  const state = {
    address: 'https://host.docker.internal:1983/state/x',
    username: 'u',
    password: 'p',
    authority: null,
    insist: false,
  }
  const plan = planContainer({ ...parts, binaries: '/b', job: { ...job, image: 'own:2', state } })
  expect(plan).toMatchObject({ image: 'own:2', extraHosts: ['host.docker.internal:host-gateway'] })
  expect(plan.mounts.at(-1)).toEqual({ source: '/b', target: '/opt/spacelift/binaries', readOnly: true })
  const elsewhere = { ...state, address: 'https://state.example/host.docker.internal' }
  expect(planContainer({ ...parts, job: { ...job, state: elsewhere } }).extraHosts).toEqual([])
})
