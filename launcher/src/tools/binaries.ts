import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { isExactVersion } from '../../../protocol/tool-version.ts'
import type { Clock } from '../base/clock.ts'
import { LauncherError } from '../base/errors.ts'
import { direct, type Outbound } from '../base/outbound.ts'
import { retry, type Verdict } from '../base/retry.ts'
import { withoutCredentials } from '../run/computed-variables.ts'
import type { SignatureRule } from '../run/run.ts'
import type { Binaries, Tool } from '../run/tool.ts'
import { DownloadError } from './download.ts'
import { misfitOf } from './executable.ts'
import { install, type Wanted } from './install.ts'
import { platformOfThisMachine } from './platform.ts'
import type { Release } from './release.ts'
import { releaseOf } from './tools.ts'
import { resolveVersion } from './versions.ts'

/** How often a download is tried. */
const maxTries = 4

type FetchOptions = Parameters<Binaries['directory']>[2]

export interface ToolBinariesOptions {
  /** Holds `<tool>/<version>/<binary>`. Launchers may share it: a version is there as a whole or not at all. */
  readonly directory: string
  /**
   * Where releases are taken from in place of their official address: an `http(s)://` address or a directory with files of the
   * same names, archives and sums. Null: the official one.
   */
  readonly mirror: string | null
  readonly clock: Clock
  /** When the sums must be signed by the tool's maker; null or missing: always, and where there is a signature for a mirror. */
  readonly signatures?: SignatureRule | null
  /** How what is not in a directory is reached; missing: directly. */
  readonly outbound?: Outbound
}

/** Executables of tools: those that are in the directory, and else those that are published, once their sum was checked. */
export class ToolBinaries implements Binaries {
  readonly #options: ToolBinariesOptions

  constructor(options: ToolBinariesOptions) {
    this.#options = options
  }

  async resolve(tool: Tool, wanted: string, options: FetchOptions): Promise<string> {
    const { mirror, clock, outbound = direct, directory } = this.#options
    const asked = { ...publicationOf(tool), wanted, directory: join(directory, tool.name) }
    return await resolveVersion(asked, { mirror, clock, outbound, ...options })
  }

  async directory(tool: Tool, version: string, options: FetchOptions): Promise<string> {
    const published = publicationOf(tool)
    if (!isExactVersion(version)) {
      const problem = `version ${JSON.stringify(version)} of ${tool.name}: expected one in full, such as 1.12.6`
      throw new LauncherError('TOOL_UNAVAILABLE', problem)
    }
    const directory = join(this.#options.directory, tool.name, version)
    const file = join(directory, published.binary)
    if (!(await isExecutable(file))) {
      await this.#fetch(wantedOf(published, { version, directory }), options)
    }
    const misfit = await misfitOf(file)
    if (misfit !== null) throw new LauncherError('TOOL_UNAVAILABLE', `${file} ${misfit}`)
    return directory
  }

  async #fetch(wanted: Omit<Wanted, 'source' | 'rule'>, { signal, progress }: FetchOptions): Promise<void> {
    const { mirror, clock, outbound = direct } = this.#options
    const source = mirror ?? wanted.official
    const rule = this.#options.signatures ?? (mirror === null ? 'always' : 'if-present')
    let tries = 0
    const judge = (error: unknown): Verdict => ({
      retry: ++tries < maxTries && error instanceof DownloadError && error.transient,
    })
    try {
      await retry(() => install({ ...wanted, source, rule }, { signal, progress, clock, outbound }), {
        clock,
        signal,
        judge,
      })
      // Something else may have been in the place of the directory before.
      await access(join(wanted.directory, wanted.binary), constants.X_OK)
    } catch (error) {
      signal.throwIfAborted()
      const what = `${wanted.tool} ${wanted.version}`
      if (isDiskFull(error)) {
        const message = `${what}: there is no room for it, the disk of ${this.#options.directory} is full`
        throw new LauncherError('DISK_FULL', message, { cause: error })
      }
      const why = error instanceof Error ? error.message : String(error)
      const tried = `${wanted.directory} has none, and ${withoutCredentials(source)} (${tries} tries): ${why}`
      throw new LauncherError('TOOL_UNAVAILABLE', `${what}: ${tried}`, { cause: error })
    }
  }
}

interface Publication {
  readonly tool: string
  readonly binary: string
  readonly release: Release
}

function publicationOf({ name, binary }: Tool): Publication {
  const release = releaseOf(name)
  if (binary !== null && release !== null) return { tool: name, binary, release }
  throw new LauncherError('TOOL_UNAVAILABLE', `the tool ${name} has no executable that could be fetched`)
}

function wantedOf(
  { release, ...published }: Publication,
  { version, directory }: { readonly version: string; readonly directory: string },
): Omit<Wanted, 'source' | 'rule'> {
  return {
    ...published,
    version,
    directory,
    archive: release.archive(version, platformOfThisMachine()),
    sums: release.sums(version),
    signature: release.signature(version),
    key: release.key,
    official: release.address(version),
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
