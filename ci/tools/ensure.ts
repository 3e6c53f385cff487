import { homedir } from 'node:os'
import { cacheDirectory } from './cache.ts'
import { ensureTool } from './ensure-tool.ts'
import { messageOf } from './errors.ts'
import { toolNamed, tools } from './tools.ts'

// `node ci/tools/ensure.ts NAME...`: brings tools in their pinned versions, and prints the file of each on standard output.
const names = process.argv.slice(2)
const unknown = names.filter((name) => !toolNamed(name))
if (names.length === 0 || unknown.length > 0) {
  const known = tools.map((tool) => tool.name).join(', ')
  process.stderr.write(`${unknown.map((name) => `no tool ${name}; `).join('')}expected names out of: ${known}\n`)
  process.exit(2)
}

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

for (const tool of tools.filter((one) => names.includes(one.name))) {
  try {
    const { file } = await ensureTool(tool, {
      cache: cacheDirectory(process.env, homedir()),
      env: process.env,
      platform: `${process.platform}-${process.arch}`,
      say: (line) => process.stderr.write(`${line}\n`),
      signal: stop.signal,
    })
    process.stdout.write(`${file}\n`)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = 1
  }
}
