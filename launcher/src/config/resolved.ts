import { createHash } from 'node:crypto'
import { groups, type Env, type Group, type Option } from './option.ts'
import { options } from './options.ts'

/** A setting as it counts, for a person. */
export interface ResolvedSetting {
  readonly name: string
  /** Of a secret: its length and a short hash. Null: not set. */
  readonly value: string | null
  readonly from: 'environment' | 'file' | 'default' | 'unset'
  /** The file that it was read from. */
  readonly file: string | null
  /** What it means that it is not set. */
  readonly meaning: string | null
}

/** Texts that stand for a variable, because they were read from a file: by the variable's name. */
export type FileTexts = ReadonlyMap<string, { readonly text: string; readonly file: string }>

/** The settings of one part of the table. */
export interface SettingsGroup {
  readonly group: Group
  readonly settings: readonly ResolvedSetting[]
}

/** Every setting in the order of the table, and where it comes from. Secrets cannot be seen in it. */
export function groupedSettings(env: Env, files: FileTexts = new Map()): SettingsGroup[] {
  const all = Object.values<Option<unknown>>(options)
  return groups.map((group) => ({
    group,
    settings: all
      .filter((option) => option.group === group)
      .flatMap((option) => (option.kind === 'family' ? members(option, env) : [resolved(option, env, files)])),
  }))
}

function members(option: Option<unknown>, env: Env): ResolvedSetting[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(option.env) && name !== option.env && env[name])
    .sort()
    .map((name) => ({ ...unset(name), value: shown(option, env[name] ?? ''), from: 'environment' }))
}

function resolved(option: Exclude<Option<unknown>, { kind: 'family' }>, env: Env, files: FileTexts): ResolvedSetting {
  const nothing = unset(option.env)
  const text = (env[option.env] ?? '').trim()
  if (text !== '') return { ...nothing, value: shown(option, text), from: 'environment' }
  const read = files.get(option.env)
  if (read) return { ...nothing, value: shown(option, read.text), from: 'file', file: read.file }
  if (option.kind === 'defaulted') return { ...nothing, value: option.fallback, from: 'default' }
  return option.kind === 'optional' ? { ...nothing, from: 'default', meaning: option.unset } : nothing
}

function unset(name: string): ResolvedSetting {
  return { name, value: null, from: 'unset', file: null, meaning: null }
}

function shown({ format }: Option<unknown>, text: string): string {
  // An address of a mirror or a proxy may have a password in it.
  return format.secret ? fingerprint(text) : text.replace(/\/\/[^/@\s]*@/g, '//…@')
}

/** Enough to tell two secrets apart, and to compare one with its original: `printf %s "$TOKEN" | sha256sum`. */
function fingerprint(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8)
  return `${text.length} characters, SHA-256 ${hash}…`
}
