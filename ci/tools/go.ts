import { createHash } from 'node:crypto'
import { access, chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runCommand, type CommandOptions } from './command.ts'
import { ToolError } from './errors.ts'
import { download } from './release.ts'
import { entriesOfZip } from './zip.ts'

/** A command of Go, and where a Go of ours is kept if the machine has none. */
export interface GoOptions extends CommandOptions {
  readonly cache: string
  /** Told how far a download got. */
  readonly note?: (detail: string) => void
}

const version = '1.26.8'

/**
 * Go's own distribution as a module, as Go fetches it for itself (https://go.dev/doc/toolchain): so a machine without Go needs nothing but the
 * module proxy, which the modules come from anyway. The sums are of the archives whose content the checksum database vouches for.
 */
const archives: Readonly<Record<string, { readonly name: string; readonly sha256: string }>> = {
  'linux-x64': { name: 'linux-amd64', sha256: '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7' },
  'linux-arm64': { name: 'linux-arm64', sha256: '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99' },
}

/** Since 1.21 a Go that is too old for a module fetches another one by itself. */
const oldestUseful = [1, 21] as const

/** Runs Go: that of the PATH, or else one of ours that is brought into the cache. Rejects as `runCommand` does, or with `unavailable` or `checksum`. */
export async function runGo(words: readonly string[], options: GoOptions): Promise<string> {
  const { cache, note: _, ...command } = options
  const program = (await isUseful('go', options)) ? 'go' : await ownGo(cache, options)
  return await runCommand(program, words, command)
}

async function isUseful(program: string, { env, signal }: CommandOptions): Promise<boolean> {
  try {
    const [, major = 0, minor = 0] =
      /\bgo(\d+)\.(\d+)/.exec(await runCommand(program, ['version'], { env, signal })) ?? []
    return Number(major) > oldestUseful[0] || Number(minor) >= oldestUseful[1]
  } catch {
    signal.throwIfAborted()
    return false
  }
}

async function ownGo(cache: string, options: GoOptions): Promise<string> {
  const home = join(cache, 'tools', 'go', version)
  const program = join(home, 'bin', 'go')
  if (await exists(program)) return program
  const fresh = `${home}.${crypto.randomUUID()}`
  try {
    await unpack(await fetchArchive(options), fresh)
    await rm(home, { recursive: true, force: true })
    await rename(fresh, home)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return program
}

async function fetchArchive({ env, signal, note = () => {} }: GoOptions): Promise<Buffer> {
  const platform = `${process.platform}-${process.arch}`
  const archive = archives[platform]
  if (!archive) throw new ToolError('unavailable', `there is no Go on the PATH, and none is pinned for ${platform}`)
  const proxy = env['GOPROXY']?.split(/[,|]/).find((one) => /^https?:/.test(one)) ?? 'https://proxy.golang.org'
  const address = `${proxy}/golang.org/toolchain/@v/v0.0.1-go${version}.${archive.name}.zip`
  const bytes = await download(address, { signal, note: (detail) => note(`Go ${version}, ${detail}`) })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 === archive.sha256) return bytes
  throw new ToolError('checksum', `${address} hashes to ${sha256}, expected ${archive.sha256}`)
}

/** A module's archive has no modes: what Go starts is made executable here, as Go does for itself. */
async function unpack(archive: Buffer, folder: string): Promise<void> {
  for (const { name, bytes } of entriesOfZip(archive)) {
    const path = name.replace(/^golang\.org\/toolchain@[^/]+\//, '')
    if (path.split('/').includes('..')) throw new ToolError('archive', `zip: ${name} leaves the archive`)
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, bytes())
    if (/^(bin|pkg\/tool)\//.test(path)) await chmod(file, 0o755)
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
