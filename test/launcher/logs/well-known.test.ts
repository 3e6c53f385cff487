import { describe, expect, it } from 'vitest'
import { maxWordBytes, WellKnownMask } from '../../../launcher/src/logs/well-known.ts'
import { randomOf } from './cuts.ts'

function mask(text: string, cut: () => number = () => 1e9): string {
  const masking = new WellKnownMask()
  const out: Uint8Array[] = []
  for (let at = 0; at < text.length; ) {
    const size = cut()
    out.push(masking.write(Buffer.from(text.slice(at, at + size), 'latin1')))
    at += size
  }
  return Buffer.concat([...out, masking.flush()]).toString('latin1')
}

const letters = (length: number) => 'aB3dE6gH9'.repeat(Math.ceil(length / 9)).slice(0, length)
const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0ab.${letters(43)}`

/** Put together here, so that no tool takes them for secrets of ours. */
const tokens = {
  'an AWS access key id': `AKIA${'Q7'.repeat(8)}`,
  'a temporary AWS access key id': `ASIA${'Q7'.repeat(8)}`,
  'an Azure AD client secret': `abc8Q~${letters(34)}`,
  'a GitHub personal access token': `ghp_${letters(36)}`,
  'a fine-grained GitHub token': `github_pat_${letters(82)}`,
  'a GitHub app token': `ghs_${letters(36)}`,
  'a GitHub refresh token': `ghr_${letters(76)}`,
  'a GitHub OAuth token': `gho_${letters(36)}`,
  'a JSON web token': jwt,
  'a Slack token': `xoxb-123456789012-123456789012-${letters(24)}`,
}
const body = `${letters(64)}\n${letters(64)}\n${letters(30)}==`
const pem = (kind: string) => `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----`
const pgp = `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n${body}\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----`
const keys = {
  'a PEM private key': pem('PRIVATE KEY'),
  'an RSA private key': pem('RSA PRIVATE KEY'),
  'an encrypted private key': `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n${body}\n-----END RSA PRIVATE KEY-----`,
  'an OpenSSH private key': pem('OPENSSH PRIVATE KEY'),
  'a PGP private key': pgp,
  'a private key that JSON has escaped': pem('PRIVATE KEY').replaceAll('\n', '\\n'),
  'an indented private key in a diff': pem('EC PRIVATE KEY').replaceAll('\n', '\n      + '),
}

describe('WellKnownMask', () => {
  it.each(Object.entries({ ...tokens, ...keys }))('masks %s, wherever it stands', (_, secret) => {
    expect(mask(`${secret}\n`)).toBe('*****\n')
    expect(mask(`token: "${secret}", next\nline`)).toBe('token: "*****", next\nline')
    expect(mask(`{"a":"${secret}","b":1}`)).toBe('{"a":"*****","b":1}')
    expect(mask(secret)).toBe('*****')
  })

  it('shows the name of what an Azure connection string holds', () => {
    const text = `AccountName=x;AccountKey=${letters(86)}==;Suffix=y SharedAccessSignature=sv=2024&sig=${letters(20)}%3D`
    expect(mask(text)).toBe('AccountName=x;AccountKey=*****;Suffix=y SharedAccessSignature=*****')
  })

  it.each([
    'AKIA short, eyJhbGciOiJIUzI1NiJ9 alone, ghp_x, Q~, ~/.ssh',
    `arn AKIA${'q7'.repeat(8)} xAKIA${'Q7'.repeat(8)}`,
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----',
    '-----BEGIN ',
  ])('leaves %j', (text) => expect(mask(text)).toBe(text))

  it('ends at the first line that belongs to no key', () =>
    expect(mask('no -----BEGIN PRIVATE KEY----- found\nelsewhere\n')).toBe('no ***** found\nelsewhere\n'))

  it('leaves out what came of a key whose end is missing', () =>
    expect(mask(`-----BEGIN PRIVATE KEY-----\n${body}\nError: no (more)\n`)).toBe('*****\nError: no (more)\n'))

  it('gives a chunk in which there is nothing as it is, uncopied', () => {
    const chunk = Buffer.from('a line of no interest\n')
    expect(new WellKnownMask().write(chunk).buffer).toBe(chunk.buffer)
  })

  it('masks a token that is longer than a word is looked at', () => {
    const long = `${jwt}${letters(3 * maxWordBytes)}`
    expect(mask(`<${long}> after`)).toBe('<*****> after')
    expect(mask(`<${long}> after`, () => 1000)).toBe('<*****> after')
  })

  it('gives the same however the stream is cut', () => {
    const parts = [...Object.values(tokens), ...Object.values(keys), letters(maxWordBytes), letters(500)]
    const between = ['\n', ' ', '"', 'x', '-----BEGIN ', '~', 'Q~', 'AKIA', 'eyJ', ': ', '\\n', '']
    for (let seed = 1; seed <= 150; seed++) {
      const random = randomOf(seed)
      const pick = (list: readonly string[]) => list[random(list.length)] ?? ''
      let text = ''
      for (let count = random(12); count >= 0; count--) {
        const part = pick(parts)
        text += pick(between) + part.slice(0, random(4) === 0 ? random(part.length) : part.length) + pick(between)
      }
      const most = 1 + random(seed % 3 === 0 ? 5000 : 60)
      expect(
        mask(text, () => 1 + random(most)),
        `seed ${seed}`,
      ).toBe(mask(text))
    }
  })
})
