import { family, type Format } from './option.ts'

const poolName: Format<string> = {
  name: 'name',
  expected: 'the name of a VCS agent pool, without control characters',
  parse: (text) => (text.length <= 200 && !/\p{Cc}/u.test(text) ? text.trim() : null),
}

/** Credentials are the stacks': an address with some would show them in the log of every run. */
const endpoint: Format<string> = {
  name: 'address',
  expected: 'the address of a git server without name and password, such as https://git.example.com',
  parse(text) {
    const url = URL.parse(text)
    const isOne = url !== null && /^(https?|ssh):$/.test(url.protocol) && url.hostname !== '' && url.password === ''
    const isPlain = isOne && url.search === '' && url.hash === '' && (url.username === '' || url.protocol === 'ssh:')
    return isPlain ? text.replace(/\/+$/, '') : null
  },
  culprit: (text) => text.replace(/^.*@/s, '…@'),
}

/** How git servers are reached that stand behind pools of VCS agents. Names are Spacelift's; n counts from 0. */
export const vcsOptions = {
  vcsNames: family({
    env: 'SPACELIFT_PRIVATEVCS_MAPPING_NAME_',
    group: 'Network',
    format: poolName,
    doc: 'With a number from 0 behind it: a pool of VCS agents whose git server this launcher reaches itself.',
  }),
  vcsEndpoints: family({
    env: 'SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_',
    group: 'Network',
    format: endpoint,
    doc: 'With the same number: scheme and host of that server; the path is that of the source.',
  }),
} as const

type Members = Readonly<Record<string, string>>

/** What the two families may hold, or may not. */
export interface VcsValues {
  readonly vcsNames?: Members
  readonly vcsEndpoints?: Members
}

/** One sentence for each member without its half, out of turn, or of a name that is taken. */
export function vcsProblems({ vcsNames = {}, vcsEndpoints = {} }: VcsValues): string[] {
  const numbers = [...new Set([...Object.keys(vcsNames), ...Object.keys(vcsEndpoints)])]
  const odd = numbers.filter((number) => !/^(0|[1-9]\d{0,3})$/.test(number))
  if (odd.length > 0) {
    const [first = ''] = odd
    const name = `${first in vcsNames ? vcsOptions.vcsNames.env : vcsOptions.vcsEndpoints.env}${first}`
    return [`${name}: expected a number at its end, such as ${vcsOptions.vcsNames.env}0`]
  }
  return numbers.flatMap((number) => problemOf(number, { vcsNames, vcsEndpoints }) ?? [])
}

function problemOf(number: string, { vcsNames, vcsEndpoints }: Required<VcsValues>): string | null {
  const [name, address] = [vcsOptions.vcsNames, vcsOptions.vcsEndpoints].map(({ env }) => env + number)
  if (!(number in vcsEndpoints)) return `${name} is set, and ${address} is not: expected both`
  if (!(number in vcsNames)) return `${address} is set, and ${name} is not: expected both`
  const before = String(Number(number) - 1)
  if (number !== '0' && !(before in vcsNames) && !(before in vcsEndpoints)) {
    return `${name} is set, and ${vcsOptions.vcsNames.env}${before} is not: expected numbers from 0 without a gap`
  }
  const first = Object.keys(vcsNames).find((each) => vcsNames[each] === vcsNames[number])
  return first === number ? null : `${name}: ${JSON.stringify(vcsNames[number])} is the name of ${first} as well`
}

/** The servers by the names of their pools. */
export function vcsMapping({ vcsNames = {}, vcsEndpoints = {} }: VcsValues): ReadonlyMap<string, string> {
  return new Map(Object.entries(vcsNames).flatMap(([number, name]) => [[name, vcsEndpoints[number] ?? '']]))
}
