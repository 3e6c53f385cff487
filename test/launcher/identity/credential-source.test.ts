import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../launcher/src/base/secret.ts'
import { readTexts, sourceOf } from '../../../launcher/src/identity/credential-source.ts'
import { readCredentials } from '../../../launcher/src/identity/credentials.ts'
import { newKey } from '../../fakes/certificates.ts'

let directory: string
const pathOf = (name: string) => join(directory, name)

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'source-'))
})
afterEach(() => rm(directory, { recursive: true }))

describe('readTexts', () => {
  it('reads one text from a file without the space around it, and takes the other as it was given', async () => {
    await writeFile(pathOf('token'), '\n the token\r\n\n')
    const source = sourceOf({ tokenFile: pathOf('token'), privateKey: new Secret('the key') })
    expect(await readTexts(source)).toEqual({
      texts: {
        token: 'the token',
        privateKey: 'the key',
        names: { token: 'SPACELIFT_TOKEN_FILE', privateKey: 'SPACELIFT_POOL_PRIVATE_KEY' },
      },
      problems: [],
    })
  })

  it('says which file is not there, is empty, is no file, or is too long', async () => {
    await writeFile(pathOf('empty'), '\n')
    await writeFile(pathOf('long'), 'x'.repeat(300_000))
    execFileSync('mkfifo', [pathOf('pipe')])
    const problemsWith = async (name: string) =>
      (await readTexts(sourceOf({ tokenFile: pathOf(name), privateKey: new Secret('k') }))).problems
    expect(await problemsWith('missing')).toEqual([`SPACELIFT_TOKEN_FILE: cannot read ${pathOf('missing')} (ENOENT)`])
    expect(await problemsWith('empty')).toEqual([`SPACELIFT_TOKEN_FILE: ${pathOf('empty')} is empty`])
    expect(await problemsWith('.')).toEqual([`SPACELIFT_TOKEN_FILE: cannot read ${pathOf('.')} (EISDIR)`])
    expect(await problemsWith('long')).toEqual([`SPACELIFT_TOKEN_FILE: ${pathOf('long')} is longer than 262144 bytes`])
    expect(await problemsWith('pipe')).toEqual([`SPACELIFT_TOKEN_FILE: ${pathOf('pipe')} is empty`])
  })

  it('names the variable of the file in what is wrong with its text', async () => {
    await writeFile(pathOf('key'), newKey().export({ type: 'pkcs8', format: 'pem' }))
    const { texts } = await readTexts(sourceOf({ tokenFile: '/dev/null', privateKeyFile: pathOf('key') }))
    expect(readCredentials(texts, Date.now()).problems).toEqual([])
    const encrypted = { ...texts, privateKey: '-----BEGIN ENCRYPTED PRIVATE KEY-----' }
    expect(readCredentials(encrypted, Date.now()).problems[0]).toMatch(/^SPACELIFT_POOL_PRIVATE_KEY_FILE: the key is/)
  })
})
