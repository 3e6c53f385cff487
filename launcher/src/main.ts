import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import pkg from '../../package.json' with { type: 'json' }
import { attachedPolicy, type PolicySurroundings } from './attached-policy.ts'
import { LauncherError } from './base/errors.ts'
import { makeLogger, type Logger } from './base/log.ts'
import { helpText } from './config/help.ts'
import { ownPod } from './kubernetes/own-pod.ts'
import { readSettings } from './settings.ts'

/** A configuration that cannot work: EX_CONFIG of sysexits.h. Whoever restarts on failure should not on this. */
const cannotWork = 78
const badUsage = 2
const fault = 1

/** Runs the launcher as a program; the exit code is its answer. */
export async function main(): Promise<number> {
  const [word, ...words] = process.argv.slice(2)
  if (word === undefined) return launch()
  if (word === 'check') return checked(words)
  if (word === 'policy') return policyTested(words)
  if (word === 'journal') return journalShown(words)
  if (word === '--version' || word === '-v') return say(`${pkg.version}\n`)
  if (word === '--help' || word === '-h') return say(helpText(pkg.version))
  return refused(word)
}

function refused(word: string): number {
  process.stderr.write(`spacelift-launcher: unknown argument ${JSON.stringify(word)}; see --help\n`)
  return badUsage
}

async function launch(): Promise<number> {
  // Only here, because it brings all the libraries: `--help` and `--version` are answered without them.
  const { Launcher } = await import('./launcher.ts')
  const { usable, origin, warnings, problems } = await readSettings(process.env, Date.now())
  hideCredentials()
  if (!usable) {
    for (const line of [...warnings, ...problems]) process.stderr.write(`${line}\n`)
    return cannotWork
  }
  const { config } = usable
  const log = makeLogger({ level: config.logLevel, format: config.logFormat })
  for (const warning of warnings) log.warn(warning)
  endOnBugs(log)
  const pod = ownPod(config, process.env)
  const exit = (code: number) => process.exit(code)
  try {
    const policy = await attachedPolicy(config, { ...policySurroundings(log), places: [config.directory, tmpdir()] })
    const launcher = new Launcher({ ...usable, origin, pod, policy, version: pkg.version, log, exit })
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => launcher.stop(name))
    return await launcher.run()
  } catch (error) {
    return failed(error, log)
  }
}

/** Not for the programs that the launcher starts. */
function hideCredentials(): void {
  delete process.env['SPACELIFT_TOKEN']
  delete process.env['SPACELIFT_POOL_PRIVATE_KEY']
}

async function checked(words: readonly string[]): Promise<number> {
  const unknown = words.find((word) => !['--json', '--offline', '--image'].includes(word))
  if (unknown !== undefined) return refused(unknown)
  const [{ check }, { checkText }] = await Promise.all([import('./check.ts'), import('./check-text.ts')])
  const asked = { offline: words.includes('--offline'), image: words.includes('--image') }
  const report = await check({ env: process.env, version: pkg.version, beside: beside(), ...asked })
  say(words.includes('--json') ? `${JSON.stringify(report, null, 2)}\n` : checkText(report))
  return report.ok ? 0 : cannotWork
}

async function policyTested(words: readonly string[]): Promise<number> {
  const { testPolicy } = await import('./policy-command.ts')
  const { code, stdout, stderr } = await testPolicy(words, policySurroundings(makeLogger({ level: 'fatal' })))
  process.stderr.write(stderr)
  process.stdout.write(stdout)
  return code
}

async function journalShown(words: readonly string[]): Promise<number> {
  const { showJournal } = await import('./journal-command.ts')
  const { code, stdout, stderr } = await showJournal(words, process.env)
  process.stderr.write(stderr)
  process.stdout.write(stdout)
  return code
}

function policySurroundings(log: Logger): Omit<PolicySurroundings, 'places'> {
  const sampled = (line: string) => void process.stderr.write(line)
  return { env: process.env, beside: beside(), version: pkg.version, log, sampled }
}

/** The directory of this program. */
function beside(): string {
  return dirname(process.argv[1] ?? '')
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
