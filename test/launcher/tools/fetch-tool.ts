import { systemClock } from '../../../launcher/src/base/clock.ts'
import { ToolBinaries } from '../../../launcher/src/tools/binaries.ts'
import { opentofu } from '../../../launcher/src/tools/opentofu.ts'

/* A launcher's part that fetches a tool, as a process: `node fetch-tool.ts DIRECTORY MIRROR VERSION`; prints the tool's directory. */

const [directory = '', mirror = '', version = ''] = process.argv.slice(2)
const binaries = new ToolBinaries({ directory, mirror, clock: systemClock })
const { signal } = new AbortController()
process.stdout.write(`${await binaries.directory(opentofu, version, { signal, progress: () => undefined })}\n`)
