import { sign, type KeyObject } from 'node:crypto'
import forge from 'node-forge'

/** What forge can sign: a certificate or a signing request. */
interface Signable {
  sign(key: forge.pki.PrivateKey, md: forge.md.MessageDigest): void
}

/**
 * Signs with SHA-256 and RSA (PKCS #1 v1.5) by node:crypto. forge writes the ASN.1 and hands over the bytes through its digest; its own
 * RSA is fifty times slower and holds the process meanwhile.
 */
export function signWith(subject: Signable, key: KeyObject): void {
  const bytes: string[] = []
  const collector = Object.assign(forge.md.sha256.create(), {
    update(piece: string) {
      bytes.push(piece)
      return collector
    },
  })
  const signer = { sign: () => sign('sha256', Buffer.from(bytes.join(''), 'latin1'), key).toString('latin1') }
  subject.sign(signer as unknown as forge.pki.PrivateKey, collector)
}

/** A public RSA key as forge holds it. */
export function publicKeyForForge(key: KeyObject): forge.pki.PublicKey {
  return forge.pki.publicKeyFromPem(key.export({ type: 'spki', format: 'pem' }).toString())
}
