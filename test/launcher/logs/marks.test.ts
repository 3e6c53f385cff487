import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MarkReader, maxMarkBytes, type Piece } from '../../../launcher/src/logs/marks.ts'

const word = 'k7'

/** Text and marks of a whole stream, as one reads them off its definition, without any hurry. */
function naive(stream: string): { text: string; marks: string[] } {
  let text = ''
  const marks: string[] = []
  for (let at = 0; at < stream.length; ) {
    const end = stream.startsWith(`\x1e${word} `, at) ? stream.indexOf('\x1e', at + word.length + 2) : -1
    const length = end - at - word.length - 2
    if (end < 0 || length > maxMarkBytes) text += stream[at++]
    else {
      marks.push(stream.slice(end - length, end))
      text += '|'
      at = end + 1
    }
  }
  return { text, marks }
}

function joined(pieces: readonly Piece[]): { text: string; marks: string[] } {
  const text = pieces.map((piece) => ('text' in piece ? Buffer.from(piece.text).toString('latin1') : '|')).join('')
  return { text, marks: pieces.flatMap((piece) => ('mark' in piece ? [piece.mark] : [])) }
}

function readAll(chunks: readonly string[]): Piece[] {
  const reader = new MarkReader(word)
  return [...chunks.flatMap((chunk) => reader.read(Buffer.from(chunk, 'latin1'))), ...reader.end()]
}

describe('MarkReader', () => {
  it('takes a mark out of the middle of a line', () => {
    expect(joined(readAll(['one\x1ek7 phase 1\x1etwo\n']))).toEqual({ text: 'one|two\n', marks: ['phase 1'] })
  })

  it('gives a chunk without a separator as it is, uncopied', () => {
    const chunk = Buffer.from('nothing special\n')
    const [piece] = new MarkReader(word).read(chunk)
    expect(piece && 'text' in piece && piece.text.buffer === chunk.buffer).toBe(true)
  })

  it('passes another word, an empty word and a lone separator through', () => {
    const stream = 'a\x1ek8 x\x1eb\x1e\x1e k7 \x1ec\x1e'
    expect(joined(readAll([stream]))).toEqual({ text: stream, marks: [] })
  })

  it('finds a mark that begins where another only seemed to', () => {
    expect(joined(readAll(['\x1ek7', '\x1ek7 x\x1e']))).toEqual({ text: '\x1ek7|', marks: ['x'] })
  })

  it('reads a mark of 1 KiB, and passes a longer one through', () => {
    const longest = 'x'.repeat(maxMarkBytes)
    expect(joined(readAll([`\x1ek7 ${longest}`, '\x1e'])).marks).toEqual([longest])
    expect(joined(readAll([`\x1ek7 ${longest}x`, '\x1e']))).toEqual({ text: `\x1ek7 ${longest}x\x1e`, marks: [] })
  })

  it('does not hold back what can no longer become a mark', () => {
    const reader = new MarkReader(word)
    expect(joined(reader.read(Buffer.from(`\x1ek7 ${'x'.repeat(maxMarkBytes + 1)}`))).text).toHaveLength(
      maxMarkBytes + 5,
    )
    expect(reader.end()).toEqual([])
  })

  it('reads the text of a mark as UTF-8, also when a letter is cut', () => {
    const bytes = Buffer.from('\x1ek7 grün\x1e')
    const reader = new MarkReader(word)
    expect([...bytes].flatMap((byte) => reader.read(Buffer.of(byte)))).toEqual([{ mark: 'grün' }])
  })

  it('agrees with the definition, however the stream is cut', () => {
    const part = fc.constantFrom('\x1e', '\x1ek7 ', 'k7', ' ', 'x', '\x1ek7 done\x1e', 'k', '\n', 'y'.repeat(600))
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }),
        fc.array(fc.nat(9), { minLength: 1, maxLength: 60 }),
        (parts, sizes) => {
          const stream = parts.join('')
          const chunks: string[] = []
          for (let at = 0, index = 0; at < stream.length; index++) {
            const size = 1 + (sizes[index % sizes.length] ?? 0) * (index % 3 === 0 ? 100 : 1)
            chunks.push(stream.slice(at, at + size))
            at += size
          }
          expect(joined(readAll(chunks))).toEqual(naive(stream))
        },
      ),
      { numRuns: 2000 },
    )
  })
})
