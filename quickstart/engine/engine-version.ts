import { QuickstartError } from '../failure.ts'
import { askEngine } from './engine-api.ts'

/** The oldest API that has all that is used: Docker 20.10, which Debian 11 and Ubuntu 20.04 have. */
const oldestApi = [1, 41] as const

/** What a daemon says of itself. */
export interface EngineVersion {
  readonly version: string
  readonly api: string
}

/** Asks for the daemon's version. Rejects as `askEngine` does. */
export async function engineVersion(socket: string, signal: AbortSignal): Promise<EngineVersion> {
  const answer = (await askEngine(socket, { method: 'GET', path: '/version', signal })) as Record<string, unknown>
  return { version: String(answer['Version']), api: String(answer['ApiVersion']) }
}

/** Throws `engine-too-old`, saying what is there and what is needed. */
export function insistOnVersion({ version, api }: EngineVersion): void {
  const [major = 0, minor = 0] = api.split('.').map(Number)
  if (major > oldestApi[0] || (major === oldestApi[0] && minor >= oldestApi[1])) return
  const found = `Docker ${version} (API ${api})`
  throw new QuickstartError(
    'engine-too-old',
    `The Docker engine is too old: ${found} is there, Docker 20.10 (API 1.41) is needed.`,
  )
}
