/** The exit codes of every command, for scripts. */
export const exitCodes = {
  done: 0,
  /** It was not done, or the run that was waited for did not finish well. */
  failed: 1,
  usage: 2,
  notFound: 3,
  /** It does not fit the present state; also: the run that was waited for waits for a decision. */
  conflict: 4,
  /** The mothership cannot be reached, or does not know who asks. */
  unreachable: 5,
  /** The user interrupted, as a shell would say it (128 + SIGINT). */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Why a command ends without having done its work. The message is for the user, complete as it is. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode
  /** Whether the same call can succeed a little later: the connection broke, or the mothership is being restarted. */
  readonly passing: boolean

  constructor(exitCode: ExitCode, message: string, options: ErrorOptions & { passing?: boolean } = {}) {
    super(message, options)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
    this.passing = options.passing ?? false
  }
}
