import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { openConfigured, type PolicySurroundings } from './attached-policy.ts'
import { LauncherError } from './base/errors.ts'
import { load } from './config/load.ts'
import { policyOptions } from './config/policy-options.ts'
import { warningsOf } from './policy/warnings.ts'

/** What the command says, and what the process exits with. */
export interface PolicyTested {
  readonly code: 0 | 1 | 2 | 78
  readonly stdout: string
  readonly stderr: string
}

const usage = 'usage: spacelift-launcher policy test POLICY.rego INPUT.json\n'

/**
 * `policy test POLICY INPUT`: what a policy says of an input, with the settings of the environment. Prints the messages of
 * `deny`. 0: allowed, 1: denied, 78: policy or input cannot be used, 2: a wrong command line.
 */
export async function testPolicy(
  words: readonly string[],
  surroundings: Omit<PolicySurroundings, 'sampled' | 'places'>,
): Promise<PolicyTested> {
  const [word, path, inputPath, ...more] = words
  if (word !== 'test' || path === undefined || inputPath === undefined || more.length > 0)
    return { code: 2, stdout: '', stderr: usage }
  try {
    return await tested({ path, inputPath }, surroundings)
  } catch (error) {
    if (!(error instanceof LauncherError)) throw error
    return { code: error.code === 'CONFIGURATION' ? 78 : 1, stdout: '', stderr: `${error.message}\n` }
  }
}

async function tested(
  { path, inputPath }: { readonly path: string; readonly inputPath: string },
  surroundings: Omit<PolicySurroundings, 'sampled' | 'places'>,
): Promise<PolicyTested> {
  const { directory, ...settings } = settingsOf(surroundings.env)
  const places = [tmpdir(), directory]
  const opened = await openConfigured(path, settings, { ...surroundings, places, sampled: () => {} })
  const { signal } = new AbortController()
  const warnings = await warningsOf(opened, signal)
  const { evaluated, verdict } = await opened.policy.verdict(await inputOf(inputPath), signal)
  const lines = [...warnings.map((warning) => `warning: ${warning}`), ...evaluated.printed]
  if (verdict.error !== '') lines.push(`denied, because a call failed: ${verdict.error}`)
  const allowed = verdict.error === '' && verdict.denied.length === 0
  return {
    code: allowed ? 0 : 1,
    stdout: verdict.denied.map((message) => `${message}\n`).join(''),
    stderr: lines.map((line) => `${line}\n`).join(''),
  }
}

/** The policy's settings alone: a person who tries a policy has no token at hand. */
function settingsOf(env: PolicySurroundings['env']) {
  const { values, problems } = load(env)
  const { opa = null, directory = '', policyTimeoutMs, policyExec, policyHttp, policyFailedCalls } = values
  if (
    policyTimeoutMs === undefined ||
    policyExec === undefined ||
    policyHttp === undefined ||
    policyFailedCalls === undefined
  ) {
    const names = Object.values(policyOptions).map((option) => option.env)
    const ours = problems.filter((problem) => names.some((name) => problem.startsWith(name)))
    throw new LauncherError('CONFIGURATION', ours.join('\n'))
  }
  return { opa, directory, policyTimeoutMs, policyExec, policyHttp, policyFailedCalls }
}

async function inputOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    throw new LauncherError('CONFIGURATION', `${path} is no JSON that can be read: ${why}`, { cause: error })
  }
}
