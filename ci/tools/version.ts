import { access, constants } from 'node:fs/promises'
import { runCommand } from './command.ts'
import type { Tool } from './tools.ts'

/** What a program says of its version, or null if it is not there, does not run, or says nothing that is understood. */
export async function versionOf(tool: Tool, file: string, signal: AbortSignal): Promise<string | null> {
  try {
    await access(file, constants.X_OK)
    // An environment of its own: no configuration of the user's changes the answer, and nothing asks the network for news.
    const env = { CHECKPOINT_DISABLE: '1', HOME: '/nonexistent' }
    const lines: string[] = []
    // Some tell it on standard error.
    const output = await runCommand(file, tool.versionArguments, { env, signal, line: (text) => lines.push(text) })
    return tool.versionPattern.exec([output, ...lines].join('\n'))?.[1] ?? null
  } catch {
    signal.throwIfAborted()
    return null
  }
}
