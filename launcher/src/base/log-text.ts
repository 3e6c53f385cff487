import type { DestinationStream } from 'pino'

type Fields = Readonly<Record<string, unknown>>

/** Passes lines of JSON on as lines for people. */
export function textLines(to: DestinationStream): DestinationStream {
  return {
    write(line) {
      to.write(asText(line))
    },
  }
}

/** `TIME LEVEL MESSAGE name=value...` of a line of JSON, in the order in which it has them. What is something else stays as it is. */
export function asText(line: string): string {
  const fields = fieldsOf(line)
  if (fields === null) return line
  const { time, level, msg, ...rest } = fields
  const head = [textOf(time), textOf(level).toUpperCase().padEnd(5), textOf(msg)]
  return `${[...head, ...Object.entries(rest).map(assignment)].filter((word) => word !== '').join(' ')}\n`
}

function fieldsOf(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Fields) : null
  } catch {
    return null
  }
}

/** On one line, whatever it is. */
function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' && !/\p{Cc}/u.test(value) ? value : JSON.stringify(value)
}

/** A value of one word stands as it is; everything else is JSON, so that no value can be taken for two. */
function assignment([name, value]: [string, unknown]): string {
  const plain = typeof value === 'string' && /^[^\s"\\=\p{Cc}]+$/u.test(value)
  return `${name}=${plain ? value : JSON.stringify(value)}`
}
