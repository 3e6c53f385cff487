import type Docker from 'dockerode'
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { containerOptions } from '../../../launcher/src/engine/container-options.ts'
import { FakeControlPlane } from '../../fakes/control-plane.ts'
import { sampleJob } from '../../fakes/jobs.ts'
import { runAndRemove, type ContainerTimes } from '../floors/containers.ts'
import { AnsweredCalls } from '../rig/answered-calls.ts'
import { startLauncher } from '../rig/launcher.ts'
import { floorLabels, type Rig } from '../rig/rig.ts'
import { inTurns } from '../turns.ts'
import { within } from '../within.ts'
import { medianSteps, stepsOf, type Step } from './steps.ts'

/** The samples of no-op runs, round by round. */
export interface NoOpSamples {
  readonly ours: readonly ContainerTimes[]
  /** The container that `docker run --rm IMAGE true` makes. */
  readonly floor: readonly ContainerTimes[]
  /** The container that the launcher makes, limits and mounts included, made without it. */
  readonly alike: readonly ContainerTimes[]
  /** Where the time of our runs went. */
  readonly steps: readonly Step[]
}

interface RunTimes extends ContainerTimes {
  readonly steps: readonly Step[]
}

const runMs = 60_000
const jobLabel = 'io.spacelift-worker.job'

/** A control plane on loopback, so that what is measured is the launcher's, and a launcher process that is registered with it. */
export async function measureNoOp(rig: Rig): Promise<NoOpSamples> {
  const { signal, say, options } = rig
  await using cleanup = new AsyncDisposableStack()
  const plane = await FakeControlPlane.start()
  cleanup.defer(() => plane.close())
  const calls = cleanup.use(new AnsweredCalls())
  const directory = join(rig.directory, 'no-op')
  const { socket, image } = rig
  cleanup.use(await startLauncher({ program: rig.launcher, directory, socket, image, identity: plane.env, signal }))
  const alike = await containerAlike(rig)
  const plain = { Image: rig.image, Cmd: ['true'], Labels: floorLabels, AttachStdout: true, AttachStderr: true }
  const samples = await inTurns(
    {
      ours: () => runOnce(rig, plane, calls),
      floor: () => runFloor(rig, plain),
      alike: () => runFloor(rig, alike),
    },
    { rounds: options.runs, signal, progress: (round) => say(`no-op runs: ${round} of ${options.runs}`) },
  )
  return { ...samples, steps: medianSteps(samples.ours.map(({ steps }) => steps)) }
}

/** One no-op task, from before its message is published. */
async function runOnce({ events, signal }: Rig, plane: FakeControlPlane, calls: AnsweredCalls): Promise<RunTimes> {
  const [worker = ''] = plane.workers.keys()
  const job = sampleJob(worker, { tool: { name: 'opentofu', version: null } })
  events.forget()
  calls.forget()
  const started = events.when(({ action, labels }) => action === 'start' && labels[jobLabel] === job.id)
  const beganMs = performance.now()
  const held = await plane.give(job)
  const acknowledged = calls.when(() => held.reports.at(-1)?.kind === 'finished')
  const wholeMs = (await within({ what: 'the final status', ms: runMs, signal }, acknowledged)) - beganMs
  const last = held.reports.at(-1)
  if (last?.kind !== 'finished' || last.outcome.result !== 'succeeded') {
    throw new Error(`the no-op run did not succeed: ${held.log.toString('utf8')}`)
  }
  const startMs = (await within({ what: 'the start', ms: runMs, signal }, started)).atMs - beganMs
  plane.jobs.delete(job.id)
  plane.heard.length = 0
  const own = events.forget().filter(({ labels }) => labels[jobLabel] === job.id)
  return { startMs, wholeMs, steps: stepsOf(beganMs, { calls: calls.forget(), events: own }) }
}

async function runFloor(rig: Rig, options: Docker.ContainerCreateOptions): Promise<RunTimes> {
  const running = runAndRemove(rig.docker, rig.events, options)
  return { ...(await within({ what: 'the floor', ms: runMs, signal: rig.signal }, running)), steps: [] }
}

/** What the launcher asks of the daemon for a no-op run, with a script that does nothing. */
async function containerAlike({ directory, image }: Rig): Promise<Docker.ContainerCreateOptions> {
  await mkdir(join(directory, 'alike'), { recursive: true })
  const [workspace, script] = await Promise.all([
    mkdtemp(join(directory, 'alike/')),
    mkdtemp(join(directory, 'alike/')),
  ])
  await writeFile(join(script, 'run.sh'), 'true\n')
  for (const made of [workspace, script]) await chmod(made, 0o755)
  return containerOptions({
    name: '',
    image,
    command: ['sh', '/var/spacelift/run.sh'],
    environment: [],
    workingDirectory: '/mnt/workspace',
    user: '1983:1983',
    mounts: [
      { source: workspace, target: '/mnt/workspace', readOnly: false },
      { source: script, target: '/var/spacelift', readOnly: true },
    ],
    labels: floorLabels,
    network: 'bridge',
    runtime: null,
    extraHosts: [],
    memoryBytes: null,
    cpus: null,
    pids: 4096,
  })
}
