import pkg from '../../package.json' with { type: 'json' }
import { LauncherError } from './base/errors.ts'
import { makeLogger, type Logger } from './base/log.ts'
import { helpText } from './config/help.ts'
import { load } from './config/load.ts'
import type { Config } from './config/options.ts'
import { readTexts, sourceOf, type CredentialSource, type SourceTexts } from './identity/credential-source.ts'
import { readCredentials, type Credentials } from './identity/credentials.ts'
import { ownPod } from './kubernetes/own-pod.ts'

/** A configuration that cannot work: EX_CONFIG of sysexits.h. Whoever restarts on failure should not on this. */
const cannotWork = 78
const badUsage = 2
const fault = 1

/** Runs the launcher as a program; the exit code is its answer. */
export async function main(): Promise<number> {
  const [argument] = process.argv.slice(2)
  if (argument === undefined) return launch()
  if (argument === '--version' || argument === '-v') return say(`${pkg.version}\n`)
  if (argument === '--help' || argument === '-h') return say(helpText(pkg.version))
  process.stderr.write(`spacelift-launcher: unknown argument ${JSON.stringify(argument)}; see --help\n`)
  return badUsage
}

async function launch(): Promise<number> {
  const settings = await readSettings()
  if (!settings) return cannotWork
  const { config, credentials, origin, warnings } = settings
  const log = makeLogger({ level: config.logLevel })
  for (const warning of warnings) log.warn(warning)
  endOnBugs(log)
  // Only now, because it brings all the libraries: `--help` and a configuration that cannot work are answered without them.
  const { Launcher } = await import('./launcher.ts')
  const launcher = new Launcher({
    config,
    credentials,
    origin,
    pod: ownPod(config, process.env),
    version: pkg.version,
    log,
    exit: (code) => process.exit(code),
  })
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => launcher.stop(name))
  try {
    await launcher.run()
    return 0
  } catch (error) {
    return failed(error, log)
  }
}

interface Settings {
  readonly config: Config
  readonly credentials: Credentials
  readonly origin: { readonly source: CredentialSource; readonly inUse: SourceTexts }
  readonly warnings: readonly string[]
}

/** Reads the environment; null after all its problems were said together, one a line. */
async function readSettings(): Promise<Settings | null> {
  const { config, values, problems, warnings } = load(process.env)
  const source = sourceOf(values)
  const inUse = await readTexts(source)
  const identity = readCredentials(inUse.texts, Date.now())
  // Not for the programs that the launcher starts.
  delete process.env['SPACELIFT_TOKEN']
  delete process.env['SPACELIFT_POOL_PRIVATE_KEY']
  if (config && identity.credentials)
    return { config, credentials: identity.credentials, origin: { source, inUse }, warnings }
  for (const line of [...warnings, ...problems, ...inUse.problems, ...identity.problems])
    process.stderr.write(`${line}\n`)
  return null
}

function failed(error: unknown, log: Logger): number {
  const known = error instanceof LauncherError && (error.code === 'CONFIGURATION' || error.code === 'ENGINE_TOO_OLD')
  if (!known) {
    log.fatal({ err: error }, 'the launcher failed')
    return fault
  }
  log.error({ err: error }, 'the launcher cannot work')
  process.stderr.write(`${error.message}\n`)
  return cannotWork
}

/** What nobody caught is a bug: it is said in the log's own form, and ends the process. What was left is looked after at the next start. */
function endOnBugs(log: Logger): void {
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'the launcher met a bug')
    process.exit(fault)
  })
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}
