import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { secretForms } from '../../../launcher/src/logs/secret-forms.ts'

const forms = (secret: string) => secretForms(secret).map((form) => form.toString('utf8'))

describe('secretForms', () => {
  it('has the secret itself, and nothing at all for one of three bytes', () => {
    expect(forms('hunter2')).toContain('hunter2')
    for (const secret of ['abc', '', ' a \n', '      ']) expect(forms(secret)).toEqual([])
  })

  it('counts bytes, not letters', () => expect(forms('grü')).toContain('grü'))

  it('has the lines of a secret without their indentation, but not what is too short or white', () => {
    const found = forms('{\n  "key": "value",\n  true\r\n      \n}\n')
    expect(found).toEqual(expect.arrayContaining(['"key": "value",', 'true']))
    expect(found).not.toContain('{')
    expect(found.filter((form) => form.trim() === '')).toEqual([])
  })

  it('has the secret without its line end', () => expect(forms('token-1\n')).toContain('token-1'))

  it('has what JSON and HCL make of quotes and line ends', () => {
    expect(forms('say "x"\nagain')).toContain(String.raw`say \"x\"\nagain`)
  })

  it('has the percent-encodings of JavaScript, Python and Go', () => {
    const found = forms("a b/c+d'é")
    const expected = ["a%20b%2Fc%2Bd'%C3%A9", 'a%20b/c%2Bd%27%C3%A9', 'a+b%2Fc%2Bd%27%C3%A9', 'a%20b%2Fc+d%27%C3%A9']
    expect(found).toEqual(expect.arrayContaining(expected))
    expect(found).toContain('a%20b%2fc%2bd%27%c3%a9')
  })

  it('has base64 as echo and base64 make it, with and without padding', () => {
    const found = forms('hunter22')
    for (const text of ['hunter22', 'hunter22\n']) {
      const encoded = Buffer.from(text).toString('base64')
      expect(found).toEqual(expect.arrayContaining([encoded, encoded.replace(/=+$/, '')]))
    }
  })

  it('has the lines in which long base64 is broken', () => {
    const encoded = Buffer.from('x1'.repeat(60)).toString('base64')
    expect(forms('x1'.repeat(60))).toEqual(expect.arrayContaining([encoded.slice(0, 76), encoded.slice(76, 152)]))
  })

  it('has a form for base64 of any text around the secret, but for the letters at both ends that it shares with it', () => {
    const around = fc.string({ unit: 'binary', maxLength: 20 })
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 4, maxLength: 40 }),
        around,
        around,
        (secret, before, after) => {
          if (secret.trim() !== secret) return
          const encoded = Buffer.from(before + secret + after).toString('base64')
          const longest = forms(secret)
            .filter((form) => encoded.includes(form))
            .reduce((length, form) => Math.max(length, form.length), 0)
          const letters = Math.floor((Buffer.byteLength(secret) * 8 - 10) / 6)
          expect(longest).toBeGreaterThanOrEqual(letters < 4 ? 0 : letters)
        },
      ),
    )
  })
})
