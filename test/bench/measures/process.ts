import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FakeControlPlane } from '../../fakes/control-plane.ts'
import { bundleLauncher } from '../rig/bundle.ts'
import { Child } from '../rig/child.ts'
import { startLauncher } from '../rig/launcher.ts'
import { residentMebibytes } from '../rig/resident-memory.ts'
import type { Rig } from '../rig/rig.ts'
import { inTurns } from '../turns.ts'

/** A process that was started and left alone. */
export interface ProcessSample {
  /** From before it was spawned until it said that it is ready. */
  readonly readyMs: number
  /** Resident memory some time after it. */
  readonly mebibytes: number
}

/** The samples of processes, round by round. */
export interface ProcessSamples {
  readonly source: readonly ProcessSample[]
  readonly bundled: readonly ProcessSample[]
  /** Beside `readyMs` of ours. */
  readonly oneConnection: readonly ProcessSample[]
  /** Beside `mebibytes` of ours. */
  readonly empty: readonly ProcessSample[]
}

/** A launcher that has nothing to do has settled after this: registered, subscribed, and answered twice. */
const settleMs = 1_000

/** Starts launchers against a control plane on loopback, and processes that do next to nothing. */
export async function measureProcess(rig: Rig): Promise<ProcessSamples> {
  const { options, signal, say } = rig
  await using cleanup = new AsyncDisposableStack()
  const plane = await FakeControlPlane.start()
  cleanup.defer(() => plane.close())
  const bundle = await bundleLauncher(rig)
  const settled = (starting: Promise<Child>) => settle(starting, signal)
  return await inTurns(
    {
      source: () => settled(launcher(rig, plane, rig.launcher)),
      oneConnection: () => settled(script(rig, 'one-connection.js', connectionEnv(plane))),
      bundled: () => settled(launcher(rig, plane, bundle)),
      empty: () => settled(script(rig, 'empty.js', {})),
    },
    { rounds: options.runs, signal, progress: (round) => say(`processes: ${round} of ${options.runs}`) },
  )
}

async function settle(starting: Promise<Child>, signal: AbortSignal): Promise<ProcessSample> {
  await using child = await starting
  await sleep(settleMs, undefined, { signal })
  return { readyMs: child.readyAfterMs, mebibytes: await residentMebibytes(child.pid) }
}

/** A launcher that never was here before. */
function launcher({ directory, socket, image, signal }: Rig, plane: FakeControlPlane, program: string): Promise<Child> {
  const own = join(directory, 'process', randomUUID())
  return startLauncher({ program, directory: own, socket, image, identity: plane.env, signal })
}

function script({ signal }: Rig, name: string, env: Readonly<Record<string, string>>): Promise<Child> {
  const file = fileURLToPath(new URL(`../floors/${name}`, import.meta.url))
  return Child.start({ name, command: [process.execPath, file], env, isReady: () => true, signal })
}

function connectionEnv({ port, certificates }: FakeControlPlane): Record<string, string> {
  const { pool, authority } = certificates
  return {
    BENCH_PORT: String(port),
    BENCH_CERTIFICATE: pool.certificate,
    BENCH_KEY: pool.privateKey,
    BENCH_AUTHORITY: authority.certificate,
  }
}
