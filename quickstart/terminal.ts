import { createInterface } from 'node:readline/promises'
import type { Say } from '../ci/tools/patience.ts'

/** The person at the terminal, or whoever reads the output. */
export interface Terminal {
  /** Whether there is a person who can answer. */
  readonly interactive: boolean
  readonly say: Say
  /** Text as it comes, without a line of its own. */
  write(text: string): void
  /** The begin of a chapter. */
  heading(text: string): void
  /** A question that wants yes; anything else is no. */
  confirm(question: string, signal: AbortSignal): Promise<boolean>
}

/** A terminal on two streams. */
export function openTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Terminal {
  return {
    interactive: input.isTTY && output.isTTY,
    say: (line) => void output.write(line ? `  ${line}\n` : '\n'),
    write: (text) => void output.write(text),
    heading: (text) => void output.write(output.isTTY ? `\n\x1b[1m${text}\x1b[0m\n` : `\n${text}\n`),
    async confirm(question, signal) {
      // Not as a terminal of readline's own: it would take Ctrl-C for itself.
      const lines = createInterface({ input, output, terminal: false })
      try {
        return /^\s*y(es)?\s*$/i.test(await lines.question(`${question} [y/N] `, { signal }))
      } finally {
        lines.close()
      }
    },
  }
}
