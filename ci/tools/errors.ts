/** What can go wrong while a tool or a program of the machine is fetched or run. */
export type ToolErrorCode = 'unknown-tool' | 'unavailable' | 'command-failed' | 'checksum' | 'archive'

/** A failure whose message is one sentence for the person at the terminal. */
export class ToolError extends Error {
  readonly code: ToolErrorCode

  constructor(code: ToolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ToolError'
    this.code = code
  }
}

/** The message of anything thrown. Connection failures carry theirs in the cause. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${messageOf(error.cause)}` : error.message
}
