import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from '../support/world.ts'

const limitMs = 100_000

async function filesOf(world: World, run: string): Promise<string[]> {
  const folder = join(world.directory, 'mothership/objects/logs', run)
  return (await readdir(folder)).toSorted().map((name) => join(folder, name))
}

/** The log of a run as the mothership holds it, byte by byte: the API gives text. */
export async function rawLog(world: World, run: string): Promise<Buffer> {
  return Buffer.concat(await Promise.all((await filesOf(world, run)).map((file) => readFile(file))))
}

/** Waits until the mothership holds so many bytes of a run's log. */
export async function holds(world: World, run: string, bytes: number): Promise<void> {
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    const files = await filesOf(world, run).catch(() => [])
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
    if (sizes.reduce((sum, size) => sum + size, 0) >= bytes) return
    await sleep(20)
  }
  throw new Error(`the log of ${run} never had ${bytes} bytes`)
}

/** What stands between two lines. */
export function between(log: Buffer, first: string, last: string): Buffer {
  const from = log.indexOf(`\n${first}\n`)
  const to = log.lastIndexOf(`${last}\n`)
  if (from < 0 || to < 0) throw new Error(`no ${from < 0 ? first : last} in ${log.subarray(-2000).toString()}`)
  return log.subarray(from + first.length + 2, to)
}

/** A log without the lines that begin with the run's prefix. */
export function withoutOwnLines(log: Buffer, run: string): Buffer {
  const pieces: Buffer[] = []
  const prefix = Buffer.from(`[${run}] `)
  let from = 0
  for (let at = log.indexOf(prefix); at >= 0; at = log.indexOf(prefix, from)) {
    pieces.push(log.subarray(from, at))
    from = log.indexOf(0x0a, at) + 1
  }
  return Buffer.concat([...pieces, log.subarray(from)])
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The SHA-256 that the run's last lines tell. */
export function toldSha256(log: Buffer): string | undefined {
  return /^[0-9a-f]{64}/m.exec(log.subarray(-400).toString())?.[0]
}
