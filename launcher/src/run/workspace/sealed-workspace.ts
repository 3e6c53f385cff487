import { createHash, type KeyObject } from 'node:crypto'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import type { Stored } from '../../../../protocol/report.ts'
import { packTar, unpackTar } from './archive.ts'
import { seal } from './seal.ts'
import { through } from './through.ts'
import { unreadable, unseal } from './unseal.ts'
import { giveTo, removeTree, type Owner } from './directories.ts'

/** Level 1: the workspace is sent once and read once, so time counts for more than size. */
const fast = { chunkSize: 256 * 1024, params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** A sealed workspace on its way out. */
export interface SealedWorkspace {
  readonly bytes: Readable
  /** What went out so far; whoever read `bytes` to the end knows by it what was sent. */
  readonly sent: () => Stored
}

/** Packs, compresses and seals a directory as a stream: its memory does not grow with the directory. */
export function sealWorkspace(
  directory: string,
  options: { readonly publicKey: KeyObject; readonly run: string },
): SealedWorkspace {
  const digest = createHash('sha256')
  let length = 0
  const compressed = through(packTar(directory), createZstdCompress(fast))
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of seal(compressed, { ...options, compression: 'zstd' })) {
      digest.update(piece)
      length += piece.byteLength
      yield piece
    }
  }
  return {
    bytes: Readable.from(counted(), { objectMode: false }),
    sent: () => ({ length, sha256: digest.copy().digest('hex') }),
  }
}

export interface OpenOptions {
  readonly privateKey: KeyObject
  readonly run: string
  readonly owner: Owner
  /** A directory beside the target that need not exist. */
  readonly staging: string
}

/**
 * Opens a sealed workspace into `target`, which is replaced. Everything is unpacked beside it first, and takes its
 * place only when the last chunk was verified. Rejects with WORKSPACE_UNREADABLE, or with what the stream of `sealed`
 * rejects with.
 */
export async function openWorkspace(
  sealed: AsyncIterable<Uint8Array>,
  target: string,
  options: OpenOptions,
): Promise<void> {
  const { compression, plain } = await unseal(sealed, options)
  const into = join(options.staging, 'workspace')
  await removeTree(options.staging)
  await mkdir(into, { recursive: true, mode: 0o700 })
  await giveTo(options.owner, into)
  const tar = compression === 'zstd' ? through(plain, createZstdDecompress({ chunkSize: 256 * 1024 })) : plain
  try {
    await unpackTar(tar, { into, owner: options.owner, symlinks: 'any', refuse: (why) => unreadable(`${why}.`) })
  } catch (error) {
    throw isZstdError(error) ? unreadable('its content is not what it should be.', error) : error
  }
  await removeTree(target)
  await rename(into, target)
}

function isZstdError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ZSTD_error')
}
