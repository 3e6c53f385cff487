/** A key that a maker of tools signs with. */
export interface SigningKey {
  readonly owner: string
  /** Upper-case hexadecimal: which key it is for certain. */
  readonly fingerprint: string
  /** The public key as text (RFC 9580). */
  readonly armored: string
}

/** Whether a detached signature is of these bytes and by this key. A key with another fingerprint than it should have is a bug, and throws. */
export async function isSigned(bytes: Uint8Array, signature: Uint8Array, key: SigningKey): Promise<boolean> {
  // With the first tool that is fetched: a launcher whose tools are there already needs none of it.
  const { createMessage, readKey, readSignature, verify } = await import('openpgp')
  const verificationKey = await readKey({ armoredKey: key.armored })
  if (verificationKey.getFingerprint().toUpperCase() !== key.fingerprint)
    throw new Error(`the key of ${key.owner} is another one`)
  try {
    const result = await verify({
      message: await createMessage({ binary: bytes }),
      signature: isArmored(signature)
        ? await readSignature({ armoredSignature: text(signature) })
        : await readSignature({ binarySignature: signature }),
      verificationKeys: verificationKey,
    })
    const verified = result.signatures.map((each) => each.verified)
    return verified.length > 0 && (await Promise.any(verified).catch(() => false))
  } catch {
    return false
  }
}

function isArmored(signature: Uint8Array): boolean {
  return text(signature.subarray(0, 5)) === '-----'
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
