import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddMaskReader, maxCommandBytes } from '../../../launcher/src/logs/add-mask.ts'

/** What is not a command, and each command as `<words>`. */
function read(chunks: readonly string[]): string {
  const reader = new AddMaskReader()
  const pieces = [...chunks.flatMap((chunk) => reader.read(Buffer.from(chunk))), ...reader.end()]
  return pieces
    .map((piece) => ('text' in piece ? Buffer.from(piece.text).toString() : `<${piece.words.join(' ')}>`))
    .join('')
}

/** By the definition, over the whole text. */
function naive(text: string): string {
  return text
    .split(/(?<=\n)/)
    .map((line) => (/^::add-mask(\s|$)/.test(line) ? `<${line.slice(10).trim().split(/\s+/).join(' ')}>` : line))
    .join('')
}

describe('AddMaskReader', () => {
  it('takes the words of a command, and passes on everything else', () =>
    expect(read(['before\n::add-mask one  two\r\nafter\n'])).toBe('before\n<one two>after\n'))

  it.each(['::add-masks x\n', ' ::add-mask x\n', 'echo ::add-mask x\n', '::add-mas\n', ':', '::add-mask-x\n'])(
    'takes %j for what it is',
    (text) => expect(read([text])).toBe(text),
  )

  it('takes a command whose line has no end', () => expect(read(['x\n::add-mask wo', 'rd'])).toBe('x\n<word>'))

  it('holds back nothing but what may begin a command', () => {
    const reader = new AddMaskReader()
    const texts = ['Enter a value: ', '\n::', 'x'].map((chunk) => reader.read(Buffer.from(chunk)))
    expect(
      texts.map((pieces) => pieces.map((piece) => ('text' in piece ? Buffer.from(piece.text).toString() : ''))),
    ).toEqual([['Enter a value: '], ['\n'], ['::x']])
  })

  it('reads a line up to its bound and shows nothing of the rest', () => {
    const word = 'x'.repeat(1000)
    const line = `::add-mask ${`${word} `.repeat(70)}`
    expect(line.length).toBeGreaterThan(maxCommandBytes)
    for (const size of [100, 65_536, 100_000]) {
      const chunks = `${line}\nafter`.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
      const reader = new AddMaskReader()
      const pieces = [...chunks.flatMap((chunk) => reader.read(Buffer.from(chunk))), ...reader.end()]
      const [command, ...rest] = pieces
      expect(command).toMatchObject({ cut: true, ended: true })
      expect(rest.map((piece) => ('text' in piece ? Buffer.from(piece.text).toString() : '?')).join('')).toBe('after')
    }
  })

  it('agrees with the definition, however the stream is cut', () => {
    const part = fc.constantFrom('::add-mask', '::add-mask ', '\n', ' ', ':', '::add', 'word', '-mask', '\n\n')
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 })
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), sizes, (parts, cuts) => {
        const text = parts.join('')
        const chunks: string[] = []
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1
          chunks.push(text.slice(at, at + size))
          at += size
        }
        expect(read(chunks)).toBe(naive(text))
      }),
      { numRuns: 3000 },
    )
  })
})
