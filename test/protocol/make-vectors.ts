/*
 * Writes protocol/vectors/: `node test/protocol/make-vectors.ts`. The files are kept in git; this shows how they were made. It uses none of
 * the encoders that they test, so that a mistake in those is seen.
 */
import { createCipheriv, createHash, constants, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'

const folder = new URL('../../protocol/vectors/', import.meta.url)
const write = (name: string, value: unknown) =>
  writeFileSync(new URL(name, folder), `${JSON.stringify(value, null, 2)}\n`)
const base64 = (text: string) => Buffer.from(text).toString('base64')

const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const token = {
  version: 1,
  broker: { endpoint: 'mqtts://mothership.example:1984' },
  api: { endpoint: 'https://mothership.example:1985' },
  pool: { id: '01JD0000000000000000000000' },
  certificate,
  authority: certificate,
}
const text = base64(JSON.stringify(token))
write('token.json', [
  { name: 'a token', text, value: token },
  { name: 'a token with line breaks', text: `${text.slice(0, 76)}\n${text.slice(76)}\n`, value: token },
  {
    name: 'a token with a field of a later minor',
    text: base64(JSON.stringify({ ...token, later: true })),
    value: { ...token, later: true },
  },
  {
    name: 'not base64',
    text: `${text.slice(0, 10)}*${text.slice(11)}`,
    fault: 'not-base64',
    message: 'illegal base64 data at input byte 10',
  },
  { name: 'cut', text: text.slice(0, 41), fault: 'not-base64', message: 'illegal base64 data at input byte 41' },
  { name: 'empty', text: '', fault: 'not-base64' },
  { name: 'encoded twice', text: base64(text), fault: 'not-json' },
  { name: 'of another version', text: base64(JSON.stringify({ ...token, version: 2 })), fault: 'wrong-version' },
  { name: 'without a broker', text: base64(JSON.stringify({ ...token, broker: {} })), fault: 'wrong-shape' },
  { name: 'JSON that is no object', text: base64('null'), fault: 'wrong-shape' },
])

const job = '01JD0000000000000000000001'
write('messages.json', [
  { name: 'a ring', to: 'worker', text: '{"version":1,"type":"orders"}', value: { version: 1, type: 'orders' } },
  {
    name: 'a ring with a hint',
    to: 'worker',
    text: `{"version":1,"type":"orders","job":"${job}"}`,
    value: { version: 1, type: 'orders', job },
  },
  {
    name: 'a will',
    to: 'mothership',
    text: '{"version":1,"type":"gone","crashed":true}',
    value: { version: 1, type: 'gone', crashed: true },
  },
  { name: 'an unknown type', to: 'worker', text: '{"version":1,"type":"weather"}', fault: 'wrong-shape' },
  { name: 'another version', to: 'worker', text: '{"version":2,"type":"orders"}', fault: 'wrong-shape' },
  { name: 'not JSON', to: 'worker', text: '{"version":1,', fault: 'not-json' },
  { name: 'empty', to: 'worker', text: '', fault: 'not-json' },
  { name: 'too large', to: 'worker', text: `"${'x'.repeat(4096)}"`, fault: 'too-large' },
])

const digest = (bytes: string) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`
write('log-ranges.json', [
  {
    name: 'first bytes',
    held: 0,
    bytes: 'hello\n',
    headers: { 'content-range': 'bytes 0-5/*', 'content-digest': digest('hello\n') },
    verdict: { verdict: 'append', skip: 0 },
  },
  {
    name: 'known bytes',
    held: 6,
    bytes: 'hello\n',
    headers: { 'content-range': 'bytes 0-5/*', 'content-digest': digest('hello\n') },
    verdict: { verdict: 'known' },
  },
  {
    name: 'partly known bytes',
    held: 2,
    bytes: 'hello\n',
    headers: { 'content-range': 'bytes 0-5/*', 'content-digest': digest('hello\n') },
    verdict: { verdict: 'append', skip: 2 },
  },
  {
    name: 'a gap',
    held: 2,
    bytes: 'lo\n',
    headers: { 'content-range': 'bytes 3-5/*', 'content-digest': digest('lo\n') },
    verdict: { verdict: 'gap' },
  },
  { name: 'no digest', held: 0, bytes: 'hello\n', headers: { 'content-range': 'bytes 0-5/*' }, fault: 'wrong-shape' },
  {
    name: 'backwards',
    held: 0,
    bytes: 'x',
    headers: { 'content-range': 'bytes 5-4/*', 'content-digest': digest('x') },
    fault: 'wrong-shape',
  },
  {
    name: 'too large',
    held: 0,
    bytes: 'x',
    headers: { 'content-range': 'bytes 0-4194304/*', 'content-digest': digest('x') },
    fault: 'too-large',
  },
])

const run = '01JD0000000000000000000002'
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const content = Buffer.from('The quick brown fox jumps over the lazy dog, twice.')
const chunkBytes = 16

function sealed(plain: Buffer): { header: Buffer; chunks: Buffer[] } {
  const key = randomBytes(32)
  const prefix = randomBytes(7)
  const wrapped = publicEncrypt(
    {
      key: keys.publicKey,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha256',
      oaepLabel: Buffer.from('spacelift-worker workspace'),
    },
    key,
  )
  const fixed = Buffer.from([
    0x53,
    0x4c,
    0x57,
    0x53,
    1,
    0,
    0,
    0,
    0,
    chunkBytes,
    wrapped.length >> 8,
    wrapped.length & 0xff,
  ])
  const header = Buffer.concat([fixed, wrapped, prefix])
  const count = Math.max(1, Math.ceil(plain.length / chunkBytes))
  const chunks = Array.from({ length: count }, (_, index) => {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(index)
    const cipher = createCipheriv(
      'aes-256-gcm',
      key,
      Buffer.concat([prefix, number, Buffer.from([index === count - 1 ? 1 : 0])]),
    )
    cipher.setAAD(Buffer.concat([createHash('sha256').update(header).digest(), Buffer.from(run, 'ascii')]))
    const body = Buffer.concat([
      cipher.update(plain.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
      cipher.final(),
    ])
    return Buffer.concat([body, cipher.getAuthTag()])
  })
  return { header, chunks }
}

const { header, chunks } = sealed(content)
const good = Buffer.concat([header, ...chunks])
const flipped = Buffer.from(good)
flipped[header.length + 20] = (flipped[header.length + 20] ?? 0) ^ 1
const wrongKey = Buffer.from(good)
wrongKey[40] = (wrongKey[40] ?? 0) ^ 1
const empty = sealed(Buffer.alloc(0))
const exact = sealed(content.subarray(0, 32))
const hex = (...parts: Buffer[]) => Buffer.concat(parts).toString('hex')
const [first, second, ...rest] = chunks as [Buffer, Buffer, ...Buffer[]]
write('sealed.json', {
  comment: 'hexadecimal; without compression; the content of a real file is a tar',
  privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  run,
  cases: [
    { name: 'a file', sealed: hex(good), content: hex(content) },
    { name: 'an empty content', sealed: hex(empty.header, ...empty.chunks), content: '' },
    {
      name: 'a content of whole chunks',
      sealed: hex(exact.header, ...exact.chunks),
      content: hex(content.subarray(0, 32)),
    },
    { name: 'another run', run: '01JD0000000000000000000003', sealed: hex(good), fault: 'damaged' },
    { name: 'cut in a chunk', sealed: hex(good.subarray(0, good.length - 1)), fault: 'damaged' },
    { name: 'cut between chunks', sealed: hex(header, first, second), fault: 'damaged' },
    { name: 'only a header', sealed: hex(header), fault: 'damaged' },
    { name: 'chunks swapped', sealed: hex(header, second, first, ...rest), fault: 'damaged' },
    { name: 'a chunk doubled', sealed: hex(header, first, first, second, ...rest), fault: 'damaged' },
    { name: 'bytes appended', sealed: hex(good, Buffer.from([0])), fault: 'damaged' },
    { name: 'a bit flipped', sealed: hex(flipped), fault: 'damaged' },
    { name: 'the wrapped key flipped', sealed: hex(wrongKey), fault: 'wrong-key' },
    {
      name: 'another version',
      sealed: hex(Buffer.concat([good.subarray(0, 4), Buffer.from([2]), good.subarray(5)])),
      fault: 'wrong-version',
    },
    { name: 'something else', sealed: hex(Buffer.from('PK\u0003\u0004 a zip file')), fault: 'not-sealed' },
    { name: 'nothing', sealed: '', fault: 'damaged' },
  ],
})
