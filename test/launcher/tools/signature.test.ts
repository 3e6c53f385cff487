import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SignatureRule } from '../../../launcher/src/run/run.ts'
import { hashicorpKey } from '../../../launcher/src/tools/hashicorp-key.ts'
import { opentofuKey } from '../../../launcher/src/tools/opentofu-key.ts'
import { isSigned, type SigningKey } from '../../../launcher/src/tools/signature.ts'
import { publishedSum } from '../../../launcher/src/tools/sums.ts'

const sum = '0'.repeat(64)
const sums = Buffer.from(`${sum}  x.zip\n`)

/** Somebody who signs. */
async function maker(): Promise<{
  key: SigningKey
  sign: (bytes: Uint8Array) => Promise<{ binary: Buffer; armored: string }>
}> {
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: 'maker' }] })
  const signingKeys = await readPrivateKey({ armoredKey: privateKey })
  return {
    key: { owner: 'Maker', fingerprint: signingKeys.getFingerprint().toUpperCase(), armored: publicKey },
    sign: async (bytes) => {
      const message = await createMessage({ binary: bytes })
      const binary = await sign({ message, signingKeys, detached: true, format: 'binary' })
      return { binary: Buffer.from(binary), armored: await sign({ message, signingKeys, detached: true }) }
    },
  }
}

describe('isSigned', () => {
  it('is true of the same bytes and key alone, in both forms of a signature', async () => {
    const [one, other] = await Promise.all([maker(), maker()])
    const { binary, armored } = await one.sign(sums)
    expect(await isSigned(sums, binary, one.key)).toBe(true)
    expect(await isSigned(sums, Buffer.from(armored), one.key)).toBe(true)
    expect(await isSigned(Buffer.from('other'), binary, one.key)).toBe(false)
    expect(await isSigned(sums, binary, other.key)).toBe(false)
    expect(await isSigned(sums, Buffer.from('rubbish'), one.key)).toBe(false)
    expect(await isSigned(sums, Buffer.alloc(0), one.key)).toBe(false)
  })

  it('takes no key that is another than it says', async () => {
    const [one, other] = await Promise.all([maker(), maker()])
    const { binary } = await one.sign(sums)
    const mixed = { ...one.key, fingerprint: other.key.fingerprint }
    await expect(isSigned(sums, binary, mixed)).rejects.toThrow('is another one')
  })

  it.each([opentofuKey, hashicorpKey])('has the key of $owner', async (key) => {
    expect(await isSigned(sums, (await (await maker()).sign(sums)).binary, key)).toBe(false)
  })
})

describe('publishedSum', () => {
  async function asked(rule: SignatureRule, signature: Buffer | null, key: SigningKey): Promise<string> {
    const source = await mkdtemp(join(tmpdir(), 'sums-'))
    onTestFinished(() => rm(source, { recursive: true }))
    await writeFile(join(source, 'SUMS'), sums)
    if (signature) await writeFile(join(source, 'SUMS.sig'), signature)
    const wanted = { archive: 'x.zip', sums: 'SUMS', signature: 'SUMS.sig', key, rule, source }
    const outbound = { proxyFor: () => null, authorities: [] } as never
    return await publishedSum(wanted, { outbound, signal: new AbortController().signal }).catch(String)
  }

  it('wants a signature as it is told to, and takes no wrong one', async () => {
    const [{ key, sign: signed }, other] = await Promise.all([maker(), maker()])
    const [right, wrong] = [(await signed(sums)).binary, (await other.sign(sums)).binary]
    expect(await asked('always', right, key)).toBe(sum)
    expect(await asked('always', null, key)).toContain('SUMS has no signature SUMS.sig')
    expect(await asked('always', wrong, key)).toContain(
      `no signature of SUMS by Maker (${key.fingerprint}): it is refused`,
    )
    expect(await asked('if-present', right, key)).toBe(sum)
    expect(await asked('if-present', null, key)).toBe(sum)
    expect(await asked('if-present', wrong, key)).toContain('it is refused')
    expect(await asked('never', wrong, key)).toBe(sum)
  })
})
