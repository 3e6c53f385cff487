import { engineProblems } from './engine-options.ts'
import { mountProblems } from './mounts.ts'
import { networkWarnings } from './network-options.ts'
import type { Env, Family, Option } from './option.ts'
import { options, type Config } from './options.ts'
import { unknownNames } from './unknown-names.ts'
import { vcsProblems } from './vcs-options.ts'

/** What an environment says. `values` holds every setting that could be read, also beside problems, so that further checks can add theirs. */
export interface Loaded {
  /** All settings, or null if there is a problem. */
  readonly config: Config | null
  readonly values: Partial<Config>
  /** One sentence each, naming the variable, what was expected and what came. Never a secret value. */
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

type Reading = { readonly value: unknown } | { readonly problems: readonly string[] }

/** Reads every setting from an environment, and reports all problems together. */
export function load(env: Env): Loaded {
  const readings = Object.entries<Option<unknown>>(options).map(([name, option]) => ({ name, ...read(option, env) }))
  const values = Object.fromEntries(
    readings.flatMap((reading) => ('value' in reading ? [[reading.name, reading.value]] : [])),
  ) as Partial<Config>
  const problems = [
    ...bothOrNeither(env),
    ...readings.flatMap((reading) => ('problems' in reading ? reading.problems : [])),
    ...mountProblems(values),
    ...engineProblems(env),
    ...vcsProblems(values),
  ]
  return {
    config: problems.length === 0 ? (values as Config) : null,
    values,
    problems,
    warnings: [...unknownNames(env, Object.values<Option<unknown>>(options)), ...networkWarnings(values, env)],
  }
}

/** A problem for each pair of variables of which both are set, or none. The first of a pair stands for both. */
function bothOrNeither(env: Env): string[] {
  const rows = Object.values<Option<unknown>>(options).flatMap((option) => (option.kind === 'either' ? [option] : []))
  const firsts = rows.filter((row, index) => rows.findIndex((other) => other.env === row.or) > index)
  return firsts.flatMap(({ env: one, or: other, doc }) => {
    const [isOne, isOther] = [textOf(env, one) !== '', textOf(env, other) !== '']
    if (isOne !== isOther) return []
    if (isOne) return [`${one} and ${other} are both set: expected one of them`]
    return [`${one} is not set, and neither is ${other}. ${doc}`]
  })
}

/** An empty variable counts as one that is not set. */
function textOf(env: Env, name: string): string {
  return (env[name] ?? '').trim()
}

function read(option: Option<unknown>, env: Env): Reading {
  if (option.kind === 'family') return readFamily(option, env)
  const text = textOf(env, option.env)
  if (text !== '') return parse(option, option.env, text)
  return option.kind === 'defaulted' ? parse(option, option.env, option.fallback) : { value: null }
}

function readFamily(option: Family<unknown>, env: Env): Reading {
  const members = Object.entries(env).flatMap(([name, text]) =>
    name.startsWith(option.env) && name !== option.env && text ? [{ name, ...parse(option, name, text) }] : [],
  )
  const problems = members.flatMap((member) => ('problems' in member ? member.problems : []))
  if (problems.length > 0) return { problems }
  const entries = members.flatMap((member) =>
    'value' in member ? [[member.name.slice(option.env.length), member.value]] : [],
  )
  return { value: Object.fromEntries(entries) }
}

function parse(option: Option<unknown>, name: string, text: string): Reading {
  const value = option.format.parse(text)
  if (value !== null) return { value }
  const wrong = option.format.culprit?.(text) ?? text
  const came = option.format.secret ? 'something else' : JSON.stringify(wrong.slice(0, 200))
  return { problems: [`${name}: expected ${option.format.expected}, got ${came}`] }
}
