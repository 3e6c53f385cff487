import { LauncherError, type FailureCode } from '../base/errors.ts'

/** The daemon answered a call, and its answer is no. `message` is its own words, cut to a bearable length. */
export class Refusal extends Error {
  /** The HTTP status. Below 400 for a refusal that comes after the head of the answer and has no code of its own. */
  readonly status: number

  constructor(status: number, words: string) {
    super(words.slice(0, 1000))
    this.name = 'Refusal'
    this.status = status
  }
}

/** The daemon took longer than a call of its kind may. */
export class Overdue extends Error {
  constructor(ms: number) {
    super(`no answer within ${Math.round(ms / 1000)} s`)
    this.name = 'Overdue'
  }
}

/** Which failure a refusal's HTTP status stands for in one kind of call; every other status is ENGINE_FAILED. */
export type StatusCodes = Readonly<Record<number, FailureCode>>

/**
 * Any error of a call as a failure of the closed list. `what` says what was tried, as in `cannot create the container`.
 * A LauncherError passes as it is. What is neither an answer nor one of ours broke on the way to the daemon.
 */
export function engineFailure(error: unknown, what: string, codes: StatusCodes = {}): LauncherError {
  if (error instanceof LauncherError) return error
  const words = error instanceof Error ? error.message.trim() : String(error)
  if (error instanceof Refusal) {
    return new LauncherError(codes[error.status] ?? 'ENGINE_FAILED', `${what}: ${words}`, { cause: error })
  }
  const unreachable = error instanceof Overdue || isBrokenConnection(error)
  return unreachable
    ? new LauncherError('ENGINE_UNREACHABLE', `${what}: the Docker engine does not answer: ${words}`, { cause: error })
    : new LauncherError('ENGINE_FAILED', `${what}: ${words}`, { cause: error })
}

/** Whether an error is the operating system's (`ECONNREFUSED`), the HTTP parser's (`HPE_…`), or an answer that broke off. */
function isBrokenConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^(?:E[A-Z0-9]+|HPE_.*|ERR_STREAM_PREMATURE_CLOSE)$/.test(code)
}

/** What `call` gives, or null if the daemon refuses it with one of these statuses. */
export async function unlessRefused<T>(call: Promise<T>, ...statuses: readonly number[]): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if (error instanceof Refusal && statuses.includes(error.status)) return null
    throw error
  }
}
