import { minSecretBytes } from '../../protocol/job.ts'
import { Secret } from './base/secret.ts'
import type { ListedName } from './config/names.ts'
import type { Env } from './config/option.ts'
import { options, type Config } from './config/options.ts'
import type { PassedVariable } from './run/run.ts'

/** What of the launcher's own environment concerns its jobs. */
export interface PassedEnv {
  readonly passed: readonly PassedVariable[]
  /** Values that no log may show. */
  readonly masked: readonly Secret[]
}

/** The same as it was read, with one sentence each for what is odd, or cannot be. */
export interface PassedEnvReading extends PassedEnv {
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

const credentials = ['SPACELIFT_TOKEN', 'SPACELIFT_POOL_PRIVATE_KEY']

/** Looks up the variables that the settings list. Total, and no value is in what it says. */
export function readPassedEnv(
  { passedEnvs, maskedEnvs }: Partial<Pick<Config, 'passedEnvs' | 'maskedEnvs'>>,
  env: Env,
): PassedEnvReading {
  const listed = (passedEnvs ?? []).map((about) => ({ ...about, value: valueOf(about, env) }))
  const hidden = (maskedEnvs ?? []).map((about) => ({ ...about, values: valuesToMask(about, env) }))
  return {
    passed: listed.flatMap(({ name, access, value }) =>
      value === undefined ? [] : [{ name, access, value: new Secret(value) }],
    ),
    masked: [...new Set(hidden.flatMap(({ values }) => values))].map((value) => new Secret(value)),
    warnings: [
      ...listed
        .filter(({ value }) => value === undefined)
        .map(({ entry }) => `${options.passedEnvs.env} lists ${entry}, which is not set: no run is given it`),
      ...hidden
        .filter(({ name }) => !namesOf(name).some((known) => env[known] !== undefined))
        .map(({ entry }) => `${options.maskedEnvs.env} lists ${entry}, which is not set: there is nothing to mask`),
    ],
    problems: [
      ...listed
        .filter(({ name }) => credentials.includes(name))
        .map(({ name }) => `${options.passedEnvs.env}: ${name} would give the pool's credentials to every run`),
      ...hidden
        .filter(({ values }) => values.some(isTooShort))
        .map(({ entry }) => `${options.maskedEnvs.env}: ${tooShort(entry)}`),
    ],
  }
}

/** Of `ro_KEY`, the launcher may have either that or `KEY`; a job is given `KEY`. */
function valueOf({ entry, name }: ListedName, env: Env): string | undefined {
  return env[entry] ?? env[name]
}

/** Whichever way it is passed, it is masked: `KEY` stands for `ro_KEY` and `wo_KEY` too, and each of these for all. */
function valuesToMask({ name }: ListedName, env: Env): string[] {
  return namesOf(name)
    .map((known) => env[known] ?? '')
    .filter((value) => value.trim() !== '')
}

function namesOf(name: string): string[] {
  return [name, `ro_${name}`, `wo_${name}`]
}

function isTooShort(value: string): boolean {
  return Buffer.byteLength(value.trim()) < minSecretBytes
}

function tooShort(entry: string): string {
  return `the value of ${entry} is shorter than ${minSecretBytes} bytes, and cannot be masked: it would be found in too many words`
}
