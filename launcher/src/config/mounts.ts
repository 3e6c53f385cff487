import { isAbsolute, normalize } from 'node:path/posix'
import { inside, type Access } from '../run/run.ts'
import { entriesOf } from './names.ts'
import { optional, type Format } from './option.ts'

/** A path of the engine's machine, and where containers of jobs find it. */
export interface MountPair {
  readonly source: string
  readonly target: string
}

const mounts: Format<readonly MountPair[]> = {
  name: 'mounts',
  expected: '/path:/path/in/container, several of them separated by commas',
  parse(text) {
    const pairs = entriesOf(text).flatMap((entry) => pairOf(entry) ?? [])
    return pairs.length === entriesOf(text).length ? pairs : null
  },
  culprit: (text) => entriesOf(text).find((entry) => pairOf(entry) === null) ?? text,
}

function pairOf(entry: string): MountPair | null {
  const paths = entry.split(':')
  const [source = '', target = ''] = paths.map((path) => normalize(path).replace(/(?<=.)\/+$/, ''))
  return paths.length === 2 && isAbsolute(source) && isAbsolute(target) ? { source, target } : null
}

/** What the operator mounts into the containers of jobs. */
export const mountOptions = {
  extraMounts: optional({
    env: 'SPACELIFT_WORKER_EXTRA_MOUNTS',
    group: 'Containers of jobs',
    format: mounts,
    unset: 'none',
    doc: "Paths of the engine's machine that every job is given, writable; one that does not exist there fails the run.",
  }),
  readExtraMounts: optional({
    env: 'SPACELIFT_WORKER_RO_EXTRA_MOUNTS',
    group: 'Containers of jobs',
    format: mounts,
    unset: 'none',
    doc: 'The same, for jobs that cannot change anything: those that plan only.',
  }),
  writeExtraMounts: optional({
    env: 'SPACELIFT_WORKER_WO_EXTRA_MOUNTS',
    group: 'Containers of jobs',
    format: mounts,
    unset: 'none',
    doc: 'The same, for jobs that can: those that apply, destroy, or run a task.',
  }),
} as const

/** The values of these settings; one that could not be read is missing. */
export type MountValues = { readonly [Name in keyof typeof mountOptions]?: readonly MountPair[] | null }

/** A mount, by whose setting it is there, and for which jobs. */
export interface SetMount extends MountPair {
  readonly setting: string
  readonly access: Access
}

/** All mounts that are set. */
export function setMounts(values: MountValues): SetMount[] {
  const accesses = { extraMounts: 'both', readExtraMounts: 'read', writeExtraMounts: 'write' } as const
  return (Object.keys(accesses) as (keyof typeof accesses)[]).flatMap((name) =>
    (values[name] ?? []).map((pair) => ({ ...pair, setting: mountOptions[name].env, access: accesses[name] })),
  )
}

/** One sentence for each mount that would take a place that is not free. */
export function mountProblems(values: MountValues): string[] {
  const all = setMounts(values)
  return all.flatMap((mount, index) => {
    const { setting, source, target } = mount
    const hidden = hiddenBy(target)
    if (hidden !== null) return [`${setting}: ${source}:${target} would hide ${hidden}, which runs need`]
    const other = all.slice(0, index).find((earlier) => meet(earlier, mount))
    return other ? [`${setting}: ${source} and ${other.source} (${other.setting}) are both mounted at ${target}`] : []
  })
}

/** What is the run's own below the workspace may be hidden in part, but not as a whole; of the other directories, nothing. */
function hiddenBy(target: string): string | null {
  const isAbove = (path: string) => path === target || path.startsWith(target === '/' ? '/' : `${target}/`)
  const isBelow = (path: string) => target.startsWith(`${path}/`)
  const whole = [inside.workspace, inside.source].find(isAbove)
  return whole ?? [inside.script, inside.binaries].find((path) => isAbove(path) || isBelow(path)) ?? null
}

function meet(one: SetMount, other: SetMount): boolean {
  return (
    one.target === other.target && (one.access === other.access || one.access === 'both' || other.access === 'both')
  )
}
