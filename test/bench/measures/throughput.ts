import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../support/free-ports.ts'
import { drain } from '../floors/drain.ts'
import type { Child } from '../rig/child.ts'
import { startLauncher } from '../rig/launcher.ts'
import { MemoryWatch, type MemoryOverTime } from '../rig/memory-watch.ts'
import { Mothership } from '../rig/mothership.ts'
import { floorLabels, type Rig } from '../rig/rig.ts'
import { throughSlowLink } from '../rig/slow-link.ts'
import { inTurns } from '../turns.ts'
import { within } from '../within.ts'
import { digestWithoutOwnLines, makeFlood, makeFloodText, type Flood, type FloodText } from './flood.ts'

/** Log throughput in MiB of container output each second, and the launcher's memory meanwhile. */
export interface ThroughputSamples {
  readonly ours: readonly number[]
  readonly floor: readonly number[]
  /** Of the launcher, over all floods at full speed. */
  readonly memory: MemoryOverTime
  /** Of a launcher whose way to the mothership is slow. */
  readonly slowMemory: MemoryOverTime
}

const bytesPerMebibyte = 1024 * 1024
const floodMs = 300_000
const stack = 'flood'
/** The slow link, and as much of the flood as it takes in some seconds: several times what the launcher may keep. */
const slowMebibytesPerSecond = 8
const slowMebibytes = 64

/** Floods the log of a task through a launcher to a mothership, and reads it back. Rejects if a byte of it is missing or wrong. */
export async function measureThroughput(rig: Rig): Promise<ThroughputSamples> {
  const { options, signal, say } = rig
  await using cleanup = new AsyncDisposableStack()
  const mothership = cleanup.use(await Mothership.start(rig))
  const identity = await mothership.makePool()
  const text = makeFloodText()
  const directory = await placeText(rig, mothership, text)
  const flood = makeFlood(text, options.mebibytes)
  const full = await withLauncher(rig, identity, async (launcher) => {
    const memory = await MemoryWatch.start(launcher.child.pid)
    const samples = await inTurns(
      {
        ours: () => floodOnce(rig, { mothership, launcher, flood }),
        floor: () => drainOnce(rig, { directory, flood }),
      },
      {
        rounds: options.throughputRuns,
        signal,
        progress: (round) => say(`floods: ${round} of ${options.throughputRuns}`),
      },
    )
    return { ...samples, memory: await memory.end() }
  })
  const little = makeFlood(text, Math.min(slowMebibytes, options.mebibytes))
  const slowMemory = await floodSlowly(rig, { mothership, identity, flood: little })
  return { ...full, slowMemory }
}

interface Flooded {
  readonly mothership: Mothership
  readonly launcher: RunningLauncher
  readonly flood: Flood
}

interface RunningLauncher {
  readonly child: Child
  readonly healthPort: number
}

type Identity = Awaited<ReturnType<Mothership['makePool']>>

async function withLauncher<T>(rig: Rig, identity: Identity, work: (launcher: RunningLauncher) => Promise<T>) {
  const { socket, image, signal } = rig
  const directory = join(rig.directory, 'launcher')
  const [healthPort = 0] = await freePorts(1)
  const start = { program: rig.launcher, directory, socket, image, identity, healthPort, signal }
  await using child = await startLauncher(start)
  return await work({ child, healthPort })
}

/** The stack whose source is the flood's text. Answers the directory that holds it. */
async function placeText({ directory }: Rig, mothership: Mothership, { text, secrets }: FloodText): Promise<string> {
  const folder = join(directory, stack)
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'flood.txt'), text)
  const environment = secrets.map((value, index) => ({ name: `SECRET_${index}`, value, secret: true }))
  const definition = { name: stack, tool: 'opentofu', state: { managed: false }, environment }
  // JSON is YAML, too.
  await writeFile(join(folder, 'stack.yaml'), JSON.stringify(definition))
  await mothership.ask(['stack', 'apply', '--json', folder])
  return folder
}

/** MiB of one flood each second: from the start of the container until the mothership holds all of it. */
async function floodOnce(rig: Rig, { mothership, launcher, flood }: Flooded): Promise<number> {
  const { events, signal } = rig
  events.forget()
  const heldBefore = await logBytesHeld(launcher)
  const started = events.when(({ action }) => action === 'start')
  const died = events.when(({ action }) => action === 'die')
  const destroyed = events.when(({ action }) => action === 'destroy')
  const words = ['task', '--json', '--skip-initialization', stack, flood.command('flood.txt')]
  const { id } = (await mothership.ask(words)) as { id: string }
  const startedMs = (await within({ what: 'the start', ms: floodMs, signal }, started)).atMs
  await within({ what: 'the end of the flood', ms: floodMs, signal }, died)
  const heldMs = await whenHeld(rig, launcher, heldBefore + flood.maskedBytes)
  await within({ what: 'the removal of the container', ms: floodMs, signal }, destroyed)
  const sha256 = await mothership.log(id, 'PERFORMING', (text) => digestWithoutOwnLines(text, id))
  if (sha256 !== flood.maskedSha256) throw new Error(`the log of run ${id} is not what its container printed`)
  return flood.bytes / bytesPerMebibyte / ((heldMs - startedMs) / 1000)
}

/** When the mothership holds so many bytes, as the launcher was answered. It is asked from the end of the container on only. */
async function whenHeld({ signal }: Rig, launcher: RunningLauncher, bytes: number): Promise<number> {
  const until = performance.now() + floodMs
  while ((await logBytesHeld(launcher)) < bytes) {
    if (performance.now() > until) throw new Error(`the log was not held within ${floodMs / 1000} s`)
    await sleep(5, undefined, { signal })
  }
  return performance.now()
}

async function logBytesHeld({ healthPort }: RunningLauncher): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text()
  return Number(/^spacelift_launcher_log_bytes_total (\S+)$/m.exec(text)?.[1])
}

/** The same output, from a container that nobody but the daemon works on. */
async function drainOnce(rig: Rig, { directory, flood }: { directory: string; flood: Flood }): Promise<number> {
  const draining = drain(rig.docker, rig.events, {
    Image: rig.image,
    Cmd: ['sh', '-c', flood.command('/flood/flood.txt')],
    Labels: floorLabels,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { Binds: [`${directory}:/flood:ro`] },
  })
  const ms = await within({ what: 'the floor', ms: floodMs, signal: rig.signal }, draining)
  return flood.bytes / bytesPerMebibyte / (ms / 1000)
}

async function floodSlowly(
  rig: Rig,
  { mothership, identity, flood }: Omit<Flooded, 'launcher'> & { readonly identity: Identity },
): Promise<MemoryOverTime> {
  rig.say(`flood through a link of ${slowMebibytesPerSecond} MiB/s`)
  const bytesPerSecond = slowMebibytesPerSecond * bytesPerMebibyte
  await using link = await throughSlowLink(identity, bytesPerSecond)
  return await withLauncher(rig, link.identity, async (launcher) => {
    const memory = await MemoryWatch.start(launcher.child.pid)
    await floodOnce(rig, { mothership, launcher, flood })
    return await memory.end()
  })
}
