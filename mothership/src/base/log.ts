import { pino, type DestinationStream, type Logger } from 'pino'

/** The logger that the edges write with: one JSON object a line. */
export type Log = Logger

/** The levels that can be chosen, from the quietest. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * Names of fields whose values are never printed, at the top of a line or one level below. Nobody should log them in the first place: this
 * is the net below, not the plan.
 */
const secretFields = ['authorization', 'cookie', 'keySecret', 'password', 'privateKey', 'secret', 'session', 'token']

/** Makes a logger. Without `destination` it writes to standard output, and a line is written before the call returns. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`, `headers["${name}"]`]), censor: '[secret]' },
  }
  return destination ? pino(options, destination) : pino(options)
}
