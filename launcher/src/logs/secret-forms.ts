import { minSecretBytes } from '../../../protocol/job.ts'

/** Columns after which `base64` of GNU and of OpenSSL break the line. */
const base64Columns = [76, 64]

/**
 * Every form in which a secret is looked for: as it is; without the white space around it; its lines, each for itself, since
 * tools indent and prefix them; as JSON and HCL escape it; as URLs do; as base64 does, also in the midst of something longer.
 */
export function secretForms(secret: string): Buffer[] {
  const forms = new Set<string>()
  for (const text of [secret, secret.trim(), ...lines(secret)].filter(isMaskable)) {
    for (const form of [text, JSON.stringify(text).slice(1, -1), ...urlForms(text)]) forms.add(form)
  }
  for (const text of [secret, secret.trim()].filter(isMaskable)) for (const form of base64Forms(text)) forms.add(form)
  return [...forms].filter(isMaskable).map((form) => Buffer.from(form))
}

/** White space around a text does not count: to mask it alone would eat the indentation of everything. */
function isMaskable(text: string): boolean {
  return Buffer.byteLength(text.trim()) >= minSecretBytes
}

function lines(text: string): string[] {
  return text.includes('\n') ? text.split('\n').map((line) => line.trim()) : []
}

/** Percent-encoding as libraries differ in it: which marks they leave alone, `+` or `%20`, capitals or not. */
function* urlForms(text: string): Generator<string> {
  const bytes = Buffer.from(text)
  for (const unescaped of [/[A-Za-z0-9_.~-]/, /[A-Za-z0-9_.~!'()*-]/, /[A-Za-z0-9_.~/-]/, /[A-Za-z0-9_.~$&+=:@-]/]) {
    const encoded = [...bytes].map((byte) => {
      const character = String.fromCharCode(byte)
      return unescaped.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
    })
    const upper = encoded.join('')
    yield upper
    yield upper.replaceAll('%20', '+')
    yield upper.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())
  }
}

/** Base64 of the text alone, with and without a line end (`echo` adds one), padding and line breaks; and of the text amid others. */
function* base64Forms(text: string): Generator<string> {
  for (const bytes of [Buffer.from(text), Buffer.from(`${text}\n`)]) {
    for (const encoded of [bytes.toString('base64'), bytes.toString('base64url')]) {
      yield encoded
      yield encoded.replace(/=+$/, '')
      for (const columns of base64Columns) {
        if (encoded.length > columns) yield* encoded.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []
      }
    }
  }
  for (const before of [0, 1, 2]) {
    const core = base64Core(Buffer.from(text), before)
    yield core
    yield core.replaceAll('+', '-').replaceAll('/', '_')
  }
}

/** The characters of base64 that the text alone decides, if it begins `before` bytes behind a group of three. */
function base64Core(text: Buffer, before: number): string {
  const encoded = Buffer.concat([Buffer.alloc(before), text]).toString('base64')
  const first = Math.ceil((before * 8) / 6)
  const end = Math.floor(((before + text.length) * 8) / 6)
  return encoded.slice(first, end)
}
