import { styleText } from 'node:util'
import type { Io } from './io.ts'
import type { Cell } from './table.ts'

type Style = Parameters<typeof styleText>[0]

const styles: Readonly<Record<string, Style>> = {
  FINISHED: 'green',
  IDLE: 'green',
  FAILED: 'red',
  STOPPED: 'red',
  UNCONFIRMED: 'yellow',
  DRAINED: 'yellow',
  DISCARDED: 'dim',
  CANCELED: 'dim',
  NONE: 'dim',
}

/** Whether to colour: on a terminal, unless the user does not want it (https://no-color.org). */
export function colourful({ isTTY, env }: Io): boolean {
  return isTTY && !env['NO_COLOR']
}

/** A state of a run, stack or worker, in its colour. */
export function stateCell(io: Io, state: string): Cell {
  return colourful(io) ? { text: state, paint: (text) => styled(styles[state] ?? 'cyan', text) } : { text: state }
}

/** A heading. */
export function bold(io: Io, text: string): string {
  return colourful(io) ? styled('bold', text) : text
}

function styled(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false })
}
