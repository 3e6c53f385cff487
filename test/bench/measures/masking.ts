import { randomBytes } from 'node:crypto'
import { Masking } from '../../../launcher/src/logs/masking.ts'
import type { Rig } from '../rig/rig.ts'
import { inTurns } from '../turns.ts'
import { makeFloodText } from './flood.ts'

/** MiB of a log that are masked each second, and searched for the same secrets by `Buffer.indexOf`, in turns in one process. */
export interface MaskingSamples {
  readonly ten: Speeds
  readonly hundred: Speeds
  /** With ten secrets and everything that has a well-known form. */
  readonly wellKnown: Speeds
}

export interface Speeds {
  readonly ours: readonly number[]
  readonly floor: readonly number[]
}

const bytesPerMebibyte = 1024 * 1024
/** As output comes from a container that prints fast. */
const chunkBytes = 64 * 1024
const mebibytes = 64

/** Masks a log as tools print it, with a secret in one line of twenty. */
export async function measureMasking(rig: Rig): Promise<MaskingSamples> {
  const { text, secrets } = makeFloodText()
  const log = chunksOf(Buffer.from(text.repeat(mebibytes)))
  const more = Array.from({ length: 90 }, () => randomBytes(18).toString('hex'))
  const measure = (known: readonly string[], wellKnown: boolean) => speeds(rig, { log, secrets: known, wellKnown })
  const ten = await measure(secrets, false)
  const hundred = await measure([...secrets, ...more], false)
  return { ten, hundred, wellKnown: await measure(secrets, true) }
}

interface Subject {
  readonly log: readonly Buffer[]
  readonly secrets: readonly string[]
  readonly wellKnown: boolean
}

function speeds({ options, signal, say }: Rig, subject: Subject): Promise<Speeds> {
  const what = `masking, ${subject.secrets.length} secrets${subject.wellKnown ? ' and well-known forms' : ''}`
  return inTurns(
    {
      ours: async () => speedOf(subject.log, masker(subject)),
      floor: async () => speedOf(subject.log, seeker(subject)),
    },
    {
      rounds: options.throughputRuns,
      signal,
      progress: (round) => say(`${what}: ${round} of ${options.throughputRuns}`),
    },
  )
}

function speedOf(log: readonly Buffer[], take: (chunk: Buffer) => void): number {
  const started = performance.now()
  for (const chunk of log) take(chunk)
  const seconds = (performance.now() - started) / 1000
  return log.reduce((length, chunk) => length + chunk.length, 0) / bytesPerMebibyte / seconds
}

function masker({ secrets, wellKnown }: Subject): (chunk: Buffer) => void {
  const masking = new Masking({ secrets, wellKnown, prefix: '' })
  return (chunk) => void masking.write(chunk)
}

/** Finds the secrets as they are, one after the other, and no other form of them. */
function seeker({ secrets }: Subject): (chunk: Buffer) => void {
  return (chunk) => {
    for (const secret of secrets) for (let at = 0; at >= 0; ) at = chunk.indexOf(secret, at + 1)
  }
}

function chunksOf(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / chunkBytes)
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes))
}
