import { describe, expect, it } from 'vitest'
import { Masking, maxWords } from '../../../launcher/src/logs/masking.ts'
import { randomOf } from './cuts.ts'

const prefix = '[01JD0000000000000000000002] '

function masked(text: string, options: { secrets?: string[]; wellKnown?: boolean; cut?: () => number } = {}): string {
  const { secrets = [], wellKnown = false, cut = () => 1e9 } = options
  const masking = new Masking({ secrets, wellKnown, prefix })
  const out: Uint8Array[] = []
  for (let at = 0; at < text.length; ) {
    const size = cut()
    out.push(masking.write(Buffer.from(text.slice(at, at + size))))
    at += size
  }
  return Buffer.concat([...out, masking.flush()]).toString()
}

describe('Masking', () => {
  it('masks the words of a command from the next line on, and in the command itself', () =>
    expect(masked('hunter2\n::add-mask hunter2 swordfish\nhunter2, swordfish\n')).toBe(
      'hunter2\n::add-mask ***** *****\n*****, *****\n',
    ))

  it('masks other forms of a word, too', () =>
    expect(masked(`::add-mask p@ssword\n${encodeURIComponent('p@ssword')} ${btoa('p@ssword')}\n`)).toBe(
      '::add-mask *****\n***** *****\n',
    ))

  it('refuses words that are too short, says so and does not show them', () =>
    expect(masked('::add-mask abc\nabc\n')).toBe(
      `::add-mask *****\n${prefix}::add-mask: 1 word is shorter than 4 bytes and not masked\nabc\n`,
    ))

  it('masks so many words and no more, and says so', () => {
    const words = Array.from({ length: maxWords + 2 }, (_, index) => `word${index}word`)
    const lines = masked(`::add-mask ${words.join(' ')}\n${words[maxWords - 1]}\n${words[maxWords]}\n`).split('\n')
    expect(lines.slice(1)).toEqual([
      `${prefix}::add-mask: 2 words are too many and not masked: a run can mask at most 1000 words or 1048576 bytes`,
      '*****',
      words[maxWords],
      '',
    ])
  })

  it('masks what the launcher itself says by what the run has asked for', () => {
    const masking = new Masking({ secrets: [], wellKnown: false, prefix })
    masking.write(Buffer.from('::add-mask hunter2\n'))
    expect(Buffer.from(masking.line(Buffer.from('$ login hunter2\n'))).toString()).toBe('$ login *****\n')
  })

  it('masks what has a well-known form, if that is wanted', () => {
    const token = `ghp_${'aB3'.repeat(12)}`
    expect(masked(token)).toBe(token)
    expect(masked(`${token}\n`, { wellKnown: true })).toBe('*****\n')
  })

  it('gives the same however the stream is cut', () => {
    const parts = [
      '::add-mask ',
      '\n',
      '\n::add-mask abcd ab',
      'abcd',
      'bcda',
      ' ',
      `ghp_${'abcd'.repeat(9)}`,
      'c',
      '::',
    ]
    for (let seed = 1; seed <= 3000; seed++) {
      const random = randomOf(seed)
      const text = Array.from({ length: random(20) }, () => parts[random(parts.length)]).join('')
      const secrets = ['abcd', 'bcda', 'cabc'].slice(random(4))
      const options = { secrets, wellKnown: seed % 2 === 0 }
      const most = 1 + random(20)
      const cut = () => 1 + random(most)
      expect(masked(text, { ...options, cut }), `seed ${seed}`).toBe(masked(text, options))
    }
  })
})
