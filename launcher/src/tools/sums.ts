import type { SignatureRule } from '../run/run.ts'
import { DownloadError, type Way } from './download.ts'
import { isSigned, type SigningKey } from './signature.ts'
import { smallFile } from './small-file.ts'

/** The list of sums beside an archive, and who is to have signed it. */
export interface WantedSums {
  readonly archive: string
  readonly sums: string
  /** The signature's name in the source. */
  readonly signature: string
  readonly key: SigningKey
  /** When there must be one. */
  readonly rule: SignatureRule
  readonly source: string
}

const maxBytes = 1024 * 1024

/** The SHA-256 sum that is published of an archive, from lines of a sum, two spaces, and a name. Rejects with a DownloadError. */
export async function publishedSum(wanted: WantedSums, way: Way): Promise<string> {
  const { source, sums, archive } = wanted
  const bytes = await smallFile(source, sums, { ...way, maxBytes })
  await verifySignature(bytes, wanted, way)
  const text = bytes.toString('latin1')
  const line = text.split('\n').find((candidate) => candidate.trim().split(/\s+\*?/)[1] === archive)
  const sum = /^[0-9a-f]{64}(?=\s)/.exec(line?.trim() ?? '')?.[0]
  if (sum === undefined) throw new DownloadError(`${sums} has no sum of ${archive}${otherArchives(text)}`, false)
  return sum
}

async function verifySignature(bytes: Buffer, wanted: WantedSums, way: Way): Promise<void> {
  const { sums, signature, key, rule } = wanted
  if (rule === 'never') return
  const signed = await signatureOf(wanted, way)
  if (signed === null) {
    if (rule === 'if-present') return
    throw new DownloadError(
      `${sums} has no signature ${signature}, and SPACELIFT_LAUNCHER_TOOL_SIGNATURES wants one`,
      false,
    )
  }
  if (await isSigned(bytes, signed, key)) return
  throw new DownloadError(
    `${signature} is no signature of ${sums} by ${key.owner} (${key.fingerprint}): it is refused`,
    false,
  )
}

async function signatureOf({ source, signature }: WantedSums, way: Way): Promise<Buffer | null> {
  try {
    return await smallFile(source, signature, { ...way, maxBytes })
  } catch (error) {
    if (error instanceof DownloadError && error.missing) return null
    throw error
  }
}

/** What a list of sums has instead: a version is not published for every machine. */
function otherArchives(text: string): string {
  const names = text.split('\n').flatMap((line) => /\s\*?(\S+\.zip)\s*$/.exec(line)?.[1] ?? [])
  const shown = names.slice(0, 5).join(', ')
  return shown && `; it has ${shown}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`
}
