import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { LauncherError } from '../base/errors.ts'
import { direct, type Outbound } from '../base/outbound.ts'
import { retry, type Verdict } from '../base/retry.ts'
import { withoutCredentials } from '../run/env.ts'
import type { Binaries, Tool } from '../run/tool.ts'
import { DownloadError } from './download.ts'
import { misfitOf } from './executable.ts'
import { install, type Wanted } from './install.ts'
import { platformOfThisMachine } from './platform.ts'
import type { Release } from './release.ts'
import { releaseOf } from './tools.ts'

/** How often a download is tried. */
const maxTries = 4

/** A version in full, as releases are named by it. It becomes part of a path. */
const exactVersion = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z]+(?:[.-][0-9A-Za-z]+)*)?$/

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
  /** How what is not in a directory is reached; missing: directly. */
  readonly outbound?: Outbound
}

/** Executables of tools: those that are in the directory, and else those that are published, once their sum was checked. */
export class ToolBinaries implements Binaries {
  readonly #options: ToolBinariesOptions

  constructor(options: ToolBinariesOptions) {
    this.#options = options
  }

  async directory(tool: Tool, version: string, options: FetchOptions): Promise<string> {
    const release = releaseOf(tool.name)
    if (tool.binary === null || release === null) {
      throw new LauncherError('TOOL_UNAVAILABLE', `the tool ${tool.name} has no executable that could be fetched`)
    }
    if (!exactVersion.test(version)) {
      const problem = `version ${JSON.stringify(version)} of ${tool.name}: expected one in full, such as 1.12.6`
      throw new LauncherError('TOOL_UNAVAILABLE', `${problem}; ranges are not understood`)
    }
    const directory = join(this.#options.directory, tool.name, version)
    const file = join(directory, tool.binary)
    if (!(await isExecutable(file))) {
      await this.#fetch(wantedOf(release, { tool: tool.name, binary: tool.binary, version, directory }), options)
    }
    const misfit = await misfitOf(file)
    if (misfit !== null) throw new LauncherError('TOOL_UNAVAILABLE', `${file} ${misfit}`)
    return directory
  }

  async #fetch(wanted: Omit<Wanted, 'source'>, { signal, progress }: FetchOptions): Promise<void> {
    const { mirror, clock, outbound = direct } = this.#options
    const source = mirror ?? wanted.official
    let tries = 0
    const judge = (error: unknown): Verdict => ({
      retry: ++tries < maxTries && error instanceof DownloadError && error.transient,
    })
    try {
      await retry(() => install({ ...wanted, source }, { signal, progress, clock, outbound }), { clock, signal, judge })
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

function wantedOf(
  release: Release,
  what: Pick<Wanted, 'tool' | 'binary' | 'version' | 'directory'>,
): Omit<Wanted, 'source'> {
  const archive = release.archive(what.version, platformOfThisMachine())
  return { ...what, archive, sums: release.sums(what.version), official: release.address(what.version) }
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
