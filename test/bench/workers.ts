import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { paths } from '../../protocol/calls.ts'
import { ringQuery, type Rung } from '../../protocol/rings.ts'
import { FakeLauncher } from '../mothership/support/fake-launcher.ts'
import { Mothership } from './rig/mothership.ts'
import { residentMebibytes } from './rig/resident-memory.ts'
import { layOut, rounded } from './table.ts'

/*
 * `npm run bench:workers`: what a mothership process pays for idle workers, by the way in which they listen. All of them are in this process: they
 * register, listen, and heartbeat every ten seconds, as launchers do.
 */

const usage = `npm run bench:workers -- [OPTIONS]

  --workers N   idle workers at once (2000)
  --seconds N   how long they are watched (30)
`

const ways = ['mqtt', 'poll'] as const
type Way = (typeof ways)[number]

interface Measured {
  readonly way: Way
  readonly mebibytes: number
  /** Of one core. */
  readonly percent: number
  /** From the order to drain a worker to its ring, of some of them: median and worst. */
  readonly ringMs: readonly [number, number]
}

const heartbeatMs = 10_000
const atOnce = 20
const rungFor = 50
const ticksPerSecond = 100

interface Pack {
  readonly launchers: readonly FakeLauncher[]
  readonly signal: AbortSignal
}

async function measure(way: Way, { workers, seconds }: { workers: number; seconds: number }): Promise<Measured> {
  await using held = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'bench-workers-'))
  held.defer(() => rm(directory, { recursive: true, force: true }))
  const over = new AbortController()
  const mothership = held.use(await Mothership.start({ directory, signal: over.signal }))
  const pool = await mothership.makePool()
  const key = Buffer.from(pool.SPACELIFT_POOL_PRIVATE_KEY, 'base64').toString()
  const before = await residentMebibytes(mothership.pid)
  const launchers = Array.from({ length: workers }, () => held.use(new FakeLauncher(pool.SPACELIFT_TOKEN, key)))
  held.defer(() => over.abort())
  const pack = { launchers, signal: over.signal }
  await begin(way, pack)
  process.stderr.write(`${way}: ${workers} workers listen\n`)
  await sleep(heartbeatMs)
  const [cpu, began] = [await cpuSeconds(mothership.pid), performance.now()]
  await sleep(seconds * 1000)
  const percent = ((await cpuSeconds(mothership.pid)) - cpu) / ((performance.now() - began) / 100_000)
  const mebibytes = (await residentMebibytes(mothership.pid)) - before
  return { way, mebibytes, percent, ringMs: await ringTimes(mothership, launchers) }
}

async function begin(way: Way, { launchers, signal }: Pack): Promise<void> {
  const waiting = [...launchers]
  const some = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      await next.register()
      if (way === 'mqtt') await next.listen()
      else void poll(next, signal)
      void heartbeat(next, signal)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, some))
}

async function heartbeat(launcher: FakeLauncher, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await launcher.heartbeat()
      await sleep(heartbeatMs * (0.9 + 0.1 * Math.random()), undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function poll(launcher: FakeLauncher, signal: AbortSignal): Promise<void> {
  let after: string | null = null
  try {
    for (;;) {
      const path = `${paths.rings(launcher.me.worker)}?${ringQuery({ after, waitSeconds: 25 })}`
      const rung: Rung = await launcher.ask('GET', path)
      after = rung.cursor
      if (rung.rang) launcher.rings.push(rung.job)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Drains some workers, one after the other, and waits for each ring. */
async function ringTimes(mothership: Mothership, launchers: readonly FakeLauncher[]): Promise<[number, number]> {
  const person = await mothership.person()
  const times: number[] = []
  for (const launcher of launchers.slice(0, rungFor)) {
    const { pool, worker } = launcher.me
    const begun = performance.now()
    const query = 'mutation($p: ID!, $w: ID!) { workerDrainSet(workerPool: $p, id: $w, drain: true) { id } }'
    await person.ask(query, { p: pool, w: worker })
    while (launcher.rings.length === 0) await sleep(1)
    times.push(performance.now() - begun)
  }
  await person[Symbol.asyncDispose]()
  const sorted = times.toSorted((left, right) => left - right)
  return [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted.at(-1) ?? 0]
}

/** User and system time of a process (proc_pid_stat(5)). */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { workers: text, seconds: text, help: { type: 'boolean' } } })
  if (values.help) return void process.stdout.write(usage)
  const wanted = { workers: Number(values.workers ?? 2000), seconds: Number(values.seconds ?? 30) }
  if (!Object.values(wanted).every((number) => Number.isInteger(number) && number > 0)) throw new Error(usage)
  const rows: string[][] = []
  for (const way of ways) {
    const { mebibytes, percent, ringMs } = await measure(way, wanted)
    const each = [(mebibytes * 1024) / wanted.workers, percent / 100 / (wanted.workers / 1e6)]
    rows.push([way, ...[wanted.workers, mebibytes, ...each, percent, ...ringMs].map(rounded)])
  }
  const headings = ['way', 'workers', 'MiB', 'KiB each', 'µs/s each', '% of a core', 'ring ms', 'worst ring ms']
  const columns = headings.map((heading, index) => ({ heading, align: index === 0 ? 'left' : 'right' }) as const)
  process.stdout.write(layOut(columns, rows))
}

await main()
process.exit()
