import { Redactor } from '../../../launcher/src/logs/redactor.ts'
import { secretForms } from '../../../launcher/src/logs/secret-forms.ts'
import { randomOf, textOf } from './cuts.ts'

/** Streams for each set of secrets: to make a set's forms is what takes long. */
const streamsForASet = 500

/** A case in which the redactor and the definition differ. */
export interface Difference {
  readonly seed: number
  readonly secrets: readonly string[]
  readonly chunks: readonly string[]
  readonly expected: string
  readonly got: string
}

/**
 * Generated streams with secrets in them, cut anywhere, against the definition: at each place the longest form, one mask for those that
 * overlap, letter by letter. Answers the first that differs, or null. Few letters, so that secrets repeat, begin, end and overlap one another.
 */
export function firstDifference(cases: number, firstSeed: number): Difference | null {
  for (let seed = firstSeed, done = 0; done < cases; seed++) {
    const random = randomOf(seed)
    const letters = ['ab', 'abc', 'ab\n', 'aéb ', 'abcdefgh+/='][random(5)] ?? ''
    const secrets = Array.from({ length: 1 + random(4) }, () => textOf(random, letters, 3 + random(7)))
    const definition = new Definition(secrets)
    for (let stream = 0; stream < streamsForASet && done < cases; stream++, done++) {
      const found = difference(random, { secrets, letters, definition })
      if (found) return { seed, secrets, ...found }
    }
  }
  return null
}

interface Set {
  readonly secrets: readonly string[]
  readonly letters: string
  readonly definition: Definition
}

function difference(
  random: (below: number) => number,
  { secrets, letters, definition }: Set,
): Pick<Difference, 'chunks' | 'expected' | 'got'> | null {
  const parts = Array.from({ length: 1 + random(3) }, () =>
    random(2) === 0 ? (secrets[random(secrets.length)] ?? '') : textOf(random, letters, random(6)),
  )
  const stream = Buffer.from(parts.join('')).toString('latin1')
  const chunks: string[] = []
  for (let at = 0, size = 0; at < stream.length; at += size) {
    size = 1 + random(8)
    chunks.push(stream.slice(at, at + size))
  }
  const redactor = definition.redactor()
  let got = ''
  for (const chunk of chunks) got += latin1(redactor.write(Buffer.from(chunk, 'latin1')))
  got += latin1(redactor.end())
  const expected = definition.masked(stream)
  return got === expected ? null : { chunks, expected, got }
}

class Definition {
  /** By their first letter. */
  readonly #forms: Readonly<Record<string, readonly string[]>>
  readonly #redactor: Redactor

  constructor(secrets: readonly string[]) {
    const forms = new Set(secrets.flatMap(secretForms).map((form) => form.toString('latin1')))
    this.#forms = Object.groupBy(forms, (form) => form.charAt(0)) as Record<string, string[]>
    this.#redactor = new Redactor(secrets)
  }

  /** The same one for all streams: after its end it is as it was at its beginning. */
  redactor(): Redactor {
    return this.#redactor
  }

  masked(text: string): string {
    let out = ''
    let covered = 0
    for (let at = 0; at < text.length; at++) {
      let longest = 0
      for (const form of this.#forms[text.charAt(at)] ?? [])
        if (form.length > longest && text.startsWith(form, at)) longest = form.length
      if (longest > 0 && at >= covered) out += '*****'
      covered = Math.max(covered, at + longest)
      if (at >= covered) out += text[at]
    }
    return out
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
