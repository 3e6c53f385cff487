import { level, logFormat } from './formats.ts'
import { defaulted } from './option.ts'

/** How the launcher logs about itself. */
export const logOptions = {
  logLevel: defaulted({
    env: 'SPACELIFT_LAUNCHER_LOG_LEVEL',
    group: 'Launcher',
    format: level,
    fallback: 'info',
    doc: "How much the launcher logs about itself; it does not change a run's log.",
  }),
  logFormat: defaulted({
    env: 'SPACELIFT_LAUNCHER_LOG_FORMAT',
    group: 'Launcher',
    format: logFormat,
    fallback: 'json',
    doc: 'How the launcher logs about itself: one JSON object a line, or one line for people.',
  }),
} as const
