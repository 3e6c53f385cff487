import { createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { publicKeyForForge, signWith } from './signing.ts'

/** What tools that make a pool's request for their user put there; nobody reads it. */
const commonName = 'workers.spacelift.io'

/** A new pool's key, PEM (PKCS #8), and the request that goes to the server in its place, PEM. */
export interface KeyRequest {
  readonly privateKey: string
  readonly certificateSigningRequest: string
}

/** Makes an RSA-4096 key and its signing request. It runs where the key is to stay: on the owner's machine, never on the server. */
export async function makeKeyRequest(): Promise<KeyRequest> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 4096 })
  const request = forge.pki.createCertificationRequest()
  request.publicKey = publicKeyForForge(createPublicKey(privateKey))
  request.setSubject([{ name: 'commonName', value: commonName }])
  signWith(request, privateKey)
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificateSigningRequest: forge.pki.certificationRequestToPem(request),
  }
}
