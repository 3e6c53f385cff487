import { CommandFailure, exitCodes } from './failure.ts'

/** The command line says something that no command understands. */
export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(exitCodes.usage, `error: ${message}`)
}
