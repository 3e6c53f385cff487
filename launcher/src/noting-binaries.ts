import type { Binaries } from './run/tool.ts'
import { noteToolUse } from './machine/cleaners.ts'
import { ToolBinaries, type ToolBinariesOptions } from './tools/binaries.ts'

/** Tools of which it is known when each was used last, so that the oldest can make room. */
export class NotingBinaries extends ToolBinaries {
  readonly #now: () => number

  constructor(options: ToolBinariesOptions) {
    super(options)
    this.#now = () => options.clock.now()
  }

  override async directory(...asked: Parameters<Binaries['directory']>): Promise<string> {
    const directory = await super.directory(...asked)
    await noteToolUse(directory, this.#now())
    return directory
  }
}
