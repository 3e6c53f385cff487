import { createHash } from 'node:crypto'
import { EnvHttpProxyAgent, fetch } from 'undici'
import { ToolError } from './errors.ts'
import type { Tool } from './tools.ts'
import { fileOfZip } from './zip.ts'

/** A machine without a way out must not wait long before the next way is tried. */
const connectTimeoutMs = 5_000

/** What a fetch may use: the platform as Node names it, and somebody to tell how far it got. */
export interface Fetching {
  readonly platform: string
  readonly signal: AbortSignal
  readonly note: (detail: string) => void
}

/**
 * Fetches a tool's official release, checks it against the pinned checksum, and answers its executable. HTTPS_PROXY and its
 * kin are honoured. Rejects with `unavailable` or `checksum`.
 */
export async function fetchRelease(tool: Tool, fetching: Fetching): Promise<Buffer> {
  const archive = tool.release?.archives[fetching.platform]
  if (!tool.release || !archive)
    throw new ToolError('unavailable', `${tool.title} has no pinned release for ${fetching.platform}`)
  const bytes = await download(`${tool.release.folder}/${archive.file}`, fetching)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== archive.sha256)
    throw new ToolError('checksum', `${archive.file} hashes to ${sha256}, expected ${archive.sha256}`)
  return fileOfZip(bytes, tool.binary)
}

/** The bytes at an address. Rejects with `unavailable`, or as undici does. */
export async function download(address: string, { signal, note }: Omit<Fetching, 'platform'>): Promise<Buffer> {
  const dispatcher = new EnvHttpProxyAgent({ connect: { timeout: connectTimeoutMs } })
  try {
    const response = await fetch(address, { dispatcher, signal })
    if (!response.ok || !response.body) throw new ToolError('unavailable', `${address} answers ${response.status}`)
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk)
      length += chunk.byteLength
      note(`${Math.round(length / 1e6)} MB`)
    }
    return Buffer.concat(chunks)
  } finally {
    await dispatcher.destroy()
  }
}
