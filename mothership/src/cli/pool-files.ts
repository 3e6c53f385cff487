import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { CommandFailure, exitCodes } from './failure.ts'
import type { Io } from './io.ts'

/** Where a pool's credentials are written. */
export interface PoolFiles {
  /** The directory, absolute. */
  readonly directory: string
  /** Null: the key stays where the user has it. */
  readonly privateKey: string | null
  readonly request: string | null
}

/** The request to send, and what was written for it. */
export interface PreparedRequest {
  readonly certificateSigningRequest: string
  readonly files: PoolFiles
  /** Removes what was written: the pool was not made. */
  readonly undo: () => Promise<void>
}

/**
 * The signing request of a new or reset pool: the user's own, or one whose key is made here and written beside it. The key goes to
 * disk before the server hears of it: a pool whose key was lost is of no use.
 */
export async function prepareRequest(
  io: Io,
  options: { readonly out?: string; readonly csr?: string },
): Promise<PreparedRequest> {
  const directory = resolve(io.cwd, options.out ?? '.')
  await mkdir(directory, { recursive: true })
  if (options.csr !== undefined) {
    const certificateSigningRequest = await readFile(resolve(io.cwd, options.csr), 'utf8')
    const files = { directory, privateKey: null, request: null }
    return { certificateSigningRequest, files, undo: async () => undefined }
  }
  return makeRequest(io, directory)
}

async function makeRequest(io: Io, directory: string): Promise<PreparedRequest> {
  const files = { directory, privateKey: join(directory, 'spacelift.key'), request: join(directory, 'spacelift.csr') }
  await assertFree(files.privateKey)
  const { privateKey, certificateSigningRequest } = await io.abilities.makeKeyRequest()
  await writeFile(files.privateKey, privateKey, { mode: 0o600, flag: 'wx' })
  await writeFile(files.request, certificateSigningRequest)
  const undo = async () => {
    await rm(files.privateKey)
    await rm(files.request)
  }
  return { certificateSigningRequest, files, undo }
}

async function assertFree(key: string): Promise<void> {
  const there = await access(key).then(
    () => true,
    () => false,
  )
  if (!there) return
  const advice = 'Name another directory with --out, or use its request again with --csr.'
  throw new CommandFailure(
    exitCodes.conflict,
    `${key} is there already, and a private key is never overwritten. ${advice}`,
  )
}

/** Writes the token, as `worker-pool-<id>.config`, readable by its owner only. Answers its path. */
export async function writeToken({ directory }: PoolFiles, pool: string, token: string): Promise<string> {
  const path = join(directory, `worker-pool-${pool}.config`)
  await writeFile(path, token, { mode: 0o600 })
  return path
}

/** How a launcher is given both, in the words of Spacelift's documentation. */
export function launcherExports(io: Io, files: PoolFiles, token: string): string {
  const path = (file: string) => quoted(relative(io.cwd, file) || file)
  const key = files.privateKey ? path(files.privateKey) : 'spacelift.key'
  return [
    `  export SPACELIFT_TOKEN=$(cat ${path(token)})\n`,
    `  export SPACELIFT_POOL_PRIVATE_KEY=$(cat ${key} | base64 -w0)\n`,
  ].join('')
}

function quoted(path: string): string {
  return /^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
