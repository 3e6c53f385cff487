import { nearest } from '../base/nearest.ts'
import type { Env, Option } from './option.ts'

const prefix = 'SPACELIFT_'

/** Settings of the other programs of this package, and of spacectl: a shell may well hold them beside ours. */
const others = /^SPACELIFT_(MOTHERSHIP|API)_/

/** What Kubernetes sets in every pod for a Service that is called, say, `spacelift-broker` (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables). */
const serviceLinks = /_(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/
const serviceAddress = /^(tcp|udp|sctp):\/\//

/** A warning for each `SPACELIFT_` variable that no row knows, with the name that was probably meant. */
export function unknownNames(env: Env, rows: readonly Option<unknown>[]): string[] {
  const names = rows.map((row) => row.env)
  const families = rows.flatMap((row) => (row.kind === 'family' ? [row.env] : []))
  return Object.entries(env)
    .filter(([name, text]) => name.startsWith(prefix) && !names.includes(name) && isForUs(name, text ?? ''))
    .filter(([name]) => !families.some((start) => name.startsWith(start) && name !== start))
    .map(([name]) => warning(name, nearest(name, names)))
}

function isForUs(name: string, text: string): boolean {
  return !others.test(name) && !serviceLinks.test(name) && !serviceAddress.test(text)
}

function warning(name: string, meant: string | null): string {
  return `${name} is not a setting of this launcher and changes nothing${meant ? `; did you mean ${meant}?` : ''}`
}
