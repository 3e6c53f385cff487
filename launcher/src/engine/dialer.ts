import Docker from 'dockerode'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LauncherError } from '../base/errors.ts'

/** Where a daemon listens: `unix:///path` or `tcp://host:port`; the latter by TLS if there are certificates. */
export type EngineAddress =
  | string
  | {
      readonly address: string
      /** A directory with `ca.pem`, `cert.pem` and `key.pem`, as Docker's own client has it; null: no TLS. */
      readonly certificates: string | null
    }

type Modem = Docker['modem']

interface Certificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** What Node and OpenSSL call a handshake that one of the two sides ended, or a certificate that is not believed. */
const handshakeCodes = /^(ERR_(TLS|SSL|OSSL)_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/

/** Opens connections to a daemon. Certificates are read for each anew, so that what renews them needs no restart. */
export class Dialer {
  readonly #address: string
  readonly #certificates: string | null
  #used: { readonly certificates: Certificates; readonly modem: Modem } | null = null
  readonly #plain: Modem

  /** Throws CONFIGURATION for an address that is none. Nothing is connected or read yet. */
  constructor(where: EngineAddress) {
    const { address, certificates } = typeof where === 'string' ? { address: where, certificates: null } : where
    this.#address = address
    // Docker's own client speaks no TLS to a socket either.
    this.#certificates = address.startsWith('tcp:') ? certificates : null
    this.#plain = new Docker(connection(address, null)).modem
  }

  /** Rejects with CONFIGURATION if the certificates cannot be read. */
  async modem(): Promise<Modem> {
    if (this.#certificates === null) return this.#plain
    const certificates = await this.#read(this.#certificates)
    const { ca, cert, key } = this.#used?.certificates ?? {}
    const same = ca === certificates.ca && cert === certificates.cert && key === certificates.key
    if (!this.#used || !same)
      this.#used = { certificates, modem: new Docker(connection(this.#address, certificates)).modem }
    return this.#used.modem
  }

  /** An error of a connection in words that say whose certificate it is about. Others pass as they are. */
  explained(error: Error): Error {
    const code = 'code' in error ? String(error.code) : ''
    if (this.#certificates === null || !handshakeCodes.test(code)) return error
    const why = `TLS with the Docker engine at ${this.#address} fails with the certificates in ${this.#certificates}`
    return new LauncherError('ENGINE_UNREACHABLE', `${why}: ${error.message.trim()}`, { cause: error })
  }

  /** What a daemon means that does not take the first question. */
  wrongly(cause: Error): LauncherError {
    const what = `DOCKER_HOST: the Docker engine at ${this.#address} does not take what it is asked (${cause.message.trim()})`
    return new LauncherError('CONFIGURATION', `${what}: if it wants TLS, set DOCKER_CERT_PATH`, { cause })
  }

  async #read(directory: string): Promise<Certificates> {
    const read = async (name: string) => {
      try {
        return await readFile(join(directory, name), 'utf8')
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
        throw new LauncherError('CONFIGURATION', `DOCKER_CERT_PATH: cannot read ${join(directory, name)} (${code})`, {
          cause: error,
        })
      }
    }
    const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')])
    return { ca, cert, key }
  }
}

/** Everything is said, or dockerode would take it from the environment (`DOCKER_HOST`, `DOCKER_CLIENT_TIMEOUT` …). */
function connection(address: string, certificates: Certificates | null): Docker.DockerOptions {
  const url = URL.parse(address)
  const nothing = { timeout: undefined, ca: undefined, cert: undefined, key: undefined, protocol: 'http' } as const
  if (url?.protocol === 'unix:' && url.pathname.length > 1) {
    return { ...nothing, host: undefined, port: undefined, socketPath: decodeURIComponent(url.pathname) }
  }
  if (url?.protocol !== 'tcp:' || url.hostname === '')
    throw new LauncherError('CONFIGURATION', `engine address ${address}: expected unix:///PATH or tcp://HOST:PORT`)
  return certificates
    ? { ...nothing, ...certificates, protocol: 'https', host: `https://${url.hostname}`, port: url.port || '2376' }
    : { ...nothing, host: `http://${url.hostname}`, port: url.port || '2375' }
}
