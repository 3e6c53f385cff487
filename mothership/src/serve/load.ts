import type { Env, Format, Option } from './option.ts'
import { options, type ServeOptions } from './options.ts'

/** What the command line said, by flag without its dashes. */
export type Flags = Readonly<Record<string, string | readonly string[] | undefined>>

/** All settings, or every problem with them: one sentence each, naming the setting, what was expected and what came. */
export type Loaded =
  | { readonly options: ServeOptions; readonly warnings: readonly string[] }
  | { readonly problems: readonly string[] }

type Reading = { readonly value: unknown } | { readonly problems: readonly string[] }

/** Reads every setting; a flag goes before its environment variable. */
export function load(flags: Flags, env: Env): Loaded {
  const readings = Object.entries<Option<unknown>>(options).map(([name, option]) => ({
    name,
    ...read(option, flags, env),
  }))
  const problems = readings.flatMap((reading) => ('problems' in reading ? reading.problems : []))
  const values = Object.fromEntries(
    readings.flatMap((reading) => ('value' in reading ? [[reading.name, reading.value]] : [])),
  )
  const all = [...problems, ...together(values)]
  return all.length > 0 ? { problems: all } : { options: values as ServeOptions, warnings: unknownNames(env) }
}

function read(option: Option<unknown>, flags: Flags, env: Env): Reading {
  const flag = [flags[option.flag] ?? []].flat()
  const name = flag.length > 0 ? `--${option.flag}` : option.env
  const texts = flag.length > 0 ? flag : textsOf(option, env)
  if (option.kind === 'many') return readAll(option.format, name, texts)
  const text = texts[0] ?? (option.kind === 'one' ? option.fallback : null)
  if (text !== null) return parse(option.format, name, text)
  return option.kind === 'optional'
    ? { value: null }
    : { problems: [`--${option.flag} (${option.env}) is not set. ${option.doc}`] }
}

function textsOf(option: Option<unknown>, env: Env): string[] {
  const text = (env[option.env] ?? '').trim()
  const texts = option.kind === 'many' ? text.split(',').map((part) => part.trim()) : [text]
  return texts.filter((part) => part !== '')
}

function readAll(format: Format<unknown>, name: string, texts: readonly string[]): Reading {
  const readings = texts.map((text) => parse(format, name, text))
  const problems = readings.flatMap((reading) => ('problems' in reading ? reading.problems : []))
  return problems.length > 0
    ? { problems }
    : { value: readings.flatMap((reading) => ('value' in reading ? [reading.value] : [])) }
}

function parse(format: Format<unknown>, name: string, text: string): Reading {
  const value = format.parse(text)
  if (value !== null) return { value }
  return { problems: [`${name}: expected ${format.expected}, got ${JSON.stringify(text.slice(0, 200))}`] }
}

/** Rules over several settings, for those that could be read. */
function together({ heartbeatSeconds, leaseSeconds }: Partial<ServeOptions>): string[] {
  if (heartbeatSeconds === undefined || leaseSeconds === undefined || leaseSeconds >= 2 * heartbeatSeconds) return []
  return [`--lease-seconds: expected at least twice the heartbeat of ${heartbeatSeconds} s, got ${leaseSeconds}`]
}

const family = 'SPACELIFT_MOTHERSHIP_'
/** Of the same family, for the command line. */
const others = [`${family}PROFILE`]

function unknownNames(env: Env): string[] {
  const known = new Set([...others, ...Object.values<Option<unknown>>(options).map((option) => option.env)])
  return Object.keys(env)
    .filter((name) => name.startsWith(family) && !known.has(name))
    .map((name) => `${name} is no setting of this program, and was passed over`)
}
