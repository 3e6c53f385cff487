import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Redactor } from '../../../launcher/src/logs/redactor.ts'
import { secretForms } from '../../../launcher/src/logs/secret-forms.ts'

function redact(secrets: readonly string[], chunks: readonly string[]): string {
  const redactor = new Redactor(secrets)
  const out = [...chunks.map((chunk) => redactor.write(Buffer.from(chunk, 'latin1'))), redactor.end()]
  return Buffer.concat(out).toString('latin1')
}

/** The longest form at each place, and one mask for those that overlap: over the whole text, letter by letter. */
function naive(secrets: readonly string[], text: string): string {
  const forms = secrets.flatMap(secretForms).map((form) => form.toString('latin1'))
  let out = ''
  let covered = 0
  for (let at = 0; at < text.length; at++) {
    const longest = Math.max(0, ...forms.filter((form) => text.startsWith(form, at)).map((form) => form.length))
    if (longest > 0 && at >= covered) out += '*****'
    covered = Math.max(covered, at + longest)
    if (at >= covered) out += text[at]
  }
  return out
}

function cut(text: string, sizes: readonly number[]): string[] {
  const chunks: string[] = []
  for (let at = 0, index = 0; at < text.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    chunks.push(text.slice(at, at + size))
    at += size
  }
  return chunks
}

describe('Redactor', () => {
  it('replaces a secret by five stars, whatever its length', () => {
    expect(redact(['hunter2'], ['password hunter2, and hunter2hunter2\n'])).toBe('password *****, and **********\n')
  })

  it('finds a secret that is cut at any place', () => {
    for (let at = 0; at <= 7; at++) {
      expect(redact(['hunter2'], [`<${'hunter2'.slice(0, at)}`, `${'hunter2'.slice(at)}>`])).toBe('<*****>')
    }
  })

  it('gives a chunk in which there is nothing as it is, uncopied', () => {
    const chunk = Buffer.from('a line of no interest\n')
    expect(new Redactor(['hunter2']).write(chunk).buffer).toBe(chunk.buffer)
  })

  it('passes everything through when there is no secret', () => expect(redact([], ['all ', 'of it'])).toBe('all of it'))

  it('takes the longest of the secrets that begin at one place', () => {
    expect(redact(['abcd', 'abcdefgh'], ['abcdefgh abcdef'])).toBe('***** *****ef')
  })

  it('leaves nothing of secrets that overlap', () => {
    expect(redact(['abcdef', 'defghi'], ['<abcdefghi>'])).toBe('<*****>')
    expect(redact(['aaaa'], ['aaaaaaa'])).toBe('*****')
  })

  it('does not mask a secret of three bytes', () => expect(redact(['abc', 'abcd'], ['abc abcd'])).toBe('abc *****'))

  it('masks the lines of a secret one by one', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQE\n-----END KEY-----\n'
    expect(redact([key], ['  kqhkiG9w0BAQE\n> MIIEvQIBADANBg\n'])).toBe('  *****\n> *****\n')
    expect(redact([key], [`<${key}>`])).toBe('<*****>')
  })

  it('masks base64 and URL-encoded forms', () => {
    const secret = 'p@ss w/rd?'
    const basic = Buffer.from(`user:${secret}`).toString('base64')
    expect(redact([secret], [encodeURIComponent(secret)])).toBe('*****')
    expect(redact([secret], [Buffer.from(secret).toString('base64')])).toBe('*****')
    expect(redact([secret], [basic])).toMatch(/^dXNlcj.?\*{5}.{0,4}$/)
  })

  it('holds back no more than the beginning of a secret', () => {
    const redactor = new Redactor(['hunter2'])
    expect(String(redactor.write(Buffer.from('type hun')))).toBe('type ')
    expect(String(redactor.write(Buffer.from('t: ')))).toBe('hunt: ')
  })

  it('gives what it holds back when the stream pauses at a point that no secret spans, and goes on', () => {
    const redactor = new Redactor(['hunter2'])
    redactor.write(Buffer.from('hun'))
    expect(String(redactor.flush())).toBe('hun')
    expect(String(redactor.write(Buffer.from('ter2 hunter2.')))).toBe('ter2 *****.')
  })

  it('masks a secret that stands at a pause and may have been the beginning of a longer one', () => {
    const redactor = new Redactor(['abcd', 'abcdefgh'])
    const out = [
      redactor.write(Buffer.from('abcdef')),
      redactor.flush(),
      redactor.write(Buffer.from('gh')),
      redactor.end(),
    ]
    expect(Buffer.concat(out).toString()).toBe('*****efgh')
  })

  it('agrees with the definition, however the stream is cut', () => {
    // Few letters, so that secrets repeat, begin, end and overlap one another.
    const text = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength })
    const secrets = fc.array(fc.oneof(text(5), text(9), text(300)), { maxLength: 5 })
    fc.assert(
      fc.property(
        secrets,
        text(400),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (list, stream, sizes) => {
          const whole = `${stream}${list.join('')}${stream}`
          expect(redact(list, cut(whole, sizes))).toBe(naive(list, whole))
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('agrees with the definition on any bytes', () => {
    const secrets = fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 4 })
    fc.assert(
      fc.property(
        secrets,
        fc.array(fc.string({ unit: 'binary' })),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (list, between, sizes) => {
          const whole = Buffer.from(
            between.map((text, index) => `${text}${list[index % list.length] ?? ''}`).join(''),
          ).toString('latin1')
          expect(redact(list, cut(whole, sizes))).toBe(naive(list, whole))
        },
      ),
    )
  })
})
