import { writeFile } from 'node:fs/promises'
import { bench } from './bench.ts'
import { machineFacts } from './machine.ts'
import { readOptions, usage, UsageError, type Options } from './options.ts'
import { reportJson, reportText, type Report } from './report.ts'
import { makeRig } from './rig/rig.ts'

const failed = 1
const badUsage = 2

/** Runs the bench as a program. The exit code is 0 if everything could be measured, however it turned out. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const report = await measured(options)
  process.stdout.write(reportText(report))
  if (options.json !== null) await writeFile(options.json, `${JSON.stringify(reportJson(report), null, 2)}\n`)
  return report.unmeasured.length === 0 ? 0 : failed
}

/** Everything that was started is ended again, also after Ctrl-C. */
async function measured(options: Options): Promise<Report> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort())
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  await using cleanup = new AsyncDisposableStack()
  const rig = await makeRig({ options, say, signal: stop.signal }, cleanup)
  const machine = await machineFacts(rig.docker)
  process.stdout.write(`${machine.map(([name, value]) => `${name}: ${value}\n`).join('')}\n`)
  return await bench(rig, machine)
}

try {
  process.exitCode = await main()
} catch (error) {
  const expected = error instanceof UsageError || (error instanceof Error && error.name === 'AbortError')
  process.stderr.write(`${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = error instanceof UsageError ? badUsage : failed
}
