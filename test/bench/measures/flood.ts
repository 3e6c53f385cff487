import { createHash, randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A text with secrets in it. */
export interface FloodText {
  readonly secrets: readonly string[]
  /** One MiB, about: whole lines. */
  readonly text: string
}

/** What a container prints: a text, again and again. */
export interface Flood {
  readonly bytes: number
  /** How long it is with the secrets masked. */
  readonly maskedBytes: number
  /** Lower-case hexadecimal SHA-256 of it, with the secrets masked. */
  readonly maskedSha256: string
  /** Prints it, for `sh -c`, from the file that holds the text. */
  command(file: string): string
}

const mebibyte = 1024 * 1024
const secretCount = 10
/** A secret stands in one line of so many. */
const linesBetweenSecrets = 20
/** What the launcher puts in a secret's place. */
const mask = '*****'

/** Makes a text with ten new secrets. Lines are as tools print them: about a hundred characters, each with its number. */
export function makeFloodText(): FloodText {
  const secrets = Array.from({ length: secretCount }, () => randomBytes(18).toString('hex'))
  const lines: string[] = []
  for (let bytes = 0, number = 0; bytes < mebibyte; number++) {
    const [turn, isOpen] = [Math.floor(number / linesBetweenSecrets), number % linesBetweenSecrets > 0]
    const line = lineOf(number, isOpen ? null : (secrets[turn % secretCount] ?? null))
    lines.push(line)
    bytes += line.length
  }
  return { secrets, text: lines.join('') }
}

/** A flood of so many times the text, which is as many MiB. */
export function makeFlood({ secrets, text }: FloodText, times: number): Flood {
  const masked = secrets.reduce((rest, secret) => rest.replaceAll(secret, mask), text)
  const digest = createHash('sha256')
  for (let time = 0; time < times; time++) digest.update(masked)
  return {
    bytes: text.length * times,
    maskedBytes: masked.length * times,
    maskedSha256: digest.digest('hex'),
    command: (file) => `i=0; while [ $i -lt ${times} ]; do cat ${file}; i=$((i+1)); done`,
  }
}

function lineOf(number: number, secret: string | null): string {
  const id = String(number).padStart(7, '0')
  const what = secret === null ? 'Still creating... [id=i-0f3a9c1d2e4b5a678]' : `export TOKEN=${secret}`
  return `2026-01-01T00:00:00Z module.network.aws_subnet.private[${id}]: ${what}, 10s elapsed\n`
}

/** Digest of a state's log without the launcher's own lines, which name the run. */
export async function digestWithoutOwnLines(text: Readable, run: string): Promise<string> {
  const digest = createHash('sha256')
  for await (const line of createInterface({ input: text })) {
    if (!line.startsWith(`[${run}] `)) digest.update(`${line}\n`)
  }
  return digest.digest('hex')
}
