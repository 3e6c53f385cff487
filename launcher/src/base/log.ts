import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino'
import { LauncherError } from './errors.ts'
import { textLines } from './log-text.ts'

export type { Logger } from 'pino'

/** The levels of `SPACELIFT_LAUNCHER_LOG_LEVEL`, most severe first. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof logLevels)[number]

/** The formats of `SPACELIFT_LAUNCHER_LOG_FORMAT`: for programs, or for people. */
export const logFormats = ['json', 'text'] as const
export type LogFormat = (typeof logFormats)[number]

const secretFields = ['token', 'privateKey', 'session', 'password', 'authorization', 'environment', 'env']

/** One level deep as well: an object that was logged whole by mistake shows no secret either. */
const redactedPaths = secretFields.flatMap((field) => [field, `*.${field}`])

export interface LogOptions {
  readonly level: LogLevel
  /** Default: `json`. */
  readonly format?: LogFormat
  /** Where the lines go; default: standard output, written before the call returns, so that an exit loses none. */
  readonly to?: DestinationStream
}

/** Makes the launcher's logger: one JSON object a line, or one line for people. What belongs to a part or a job is bound with `log.child`. */
export function makeLogger({ level, format = 'json', to = destination({ dest: 1, sync: true }) }: LogOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: '[secret]' },
    },
    format === 'text' ? textLines(to) : to,
  )
}

/** An error as fields of a log line. One of the closed list has no stack there: it would say nothing about somebody else's outage. */
export function inShort(error: unknown): Readonly<Record<string, unknown>> {
  return error instanceof LauncherError ? { code: error.code, why: error.message } : { err: error }
}
