import { LauncherError } from '../../../base/errors.ts'
import { withoutCredentials } from '../../computed-variables.ts'
import type { GitCredentials } from '../../../../../protocol/job.ts'
import type { GitSource } from './source.ts'

/** Where a repository is fetched from, as it may be seen by everybody, and by which credentials. */
export interface Address {
  readonly url: string
  readonly credentials: GitCredentials | null
}

/**
 * The address of a source on this worker. Credentials that stand in it are taken out, so that they get into no process list, no
 * configuration and no message. `endpoints`: how this worker reaches the servers behind pools of VCS agents, by the pool's name.
 * Rejects with SOURCE_REFUSED.
 */
export function addressOf(source: GitSource, endpoints: ReadonlyMap<string, string>): Address {
  refuseOptions(source)
  const { url, credentials } = separated(source.url)
  return { url: mapped(url, source.vcsPool, endpoints), credentials: source.credentials ?? credentials }
}

/** Nothing of a source may be read as an option of git, or as more than one name. */
function refuseOptions({ url, ref }: GitSource): void {
  const bad = /^-|[\0-\x20]/
  const problems = [
    ...(bad.test(url) ? [`the address ${JSON.stringify(withoutCredentials(url))} is not one of a git repository`] : []),
    ...(ref !== null && (bad.test(ref) || /[:+~^?*[\\]/.test(ref))
      ? [`${JSON.stringify(ref)} is not the name of a branch or tag`]
      : []),
  ]
  if (problems.length > 0) throw refused(`${problems.join('; ')}.`)
}

/** `https://user:word@host/path` is an address and a password; `https://token@host/path` is one with a token for a name. */
export function separated(url: string): Address {
  const parsed = /^https?:\/\//i.test(url) ? URL.parse(url) : null
  if (parsed === null || (parsed.username === '' && parsed.password === '')) return { url, credentials: null }
  const [username, password] = [parsed.username, parsed.password].map(decoded)
  return {
    url: withoutCredentials(url),
    credentials: { kind: 'password', username: username || 'git', password: password ?? '' },
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The same path at the endpoint of a pool. */
function mapped(url: string, pool: string | undefined, endpoints: ReadonlyMap<string, string>): string {
  if (pool === undefined) return url
  const endpoint = endpoints.get(pool)
  if (endpoint !== undefined) return `${endpoint}/${pathOf(url)}`
  const known =
    endpoints.size === 0 ? 'this worker reaches none' : `this worker reaches ${[...endpoints.keys()].join(', ')}`
  const advice =
    'SPACELIFT_PRIVATEVCS_MAPPING_NAME_0 and SPACELIFT_PRIVATEVCS_MAPPING_BASE_ENDPOINT_0 of the launcher say how'
  throw refused(`it is behind the VCS agent pool ${JSON.stringify(pool)}, and ${known}: ${advice}.`)
}

/** What stands behind the host, in both forms of an address: `scheme://host/path` and `user@host:path`. */
function pathOf(url: string): string {
  return url.replace(/^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*|[^/:]+:)\/*/i, '')
}

/** A source that cannot be fetched, however often it is tried. */
export function refused(why: string): LauncherError {
  return new LauncherError('SOURCE_REFUSED', `The source was refused: ${why}`)
}
