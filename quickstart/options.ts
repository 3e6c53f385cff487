import { parseArgs } from 'node:util'
import { QuickstartError } from './failure.ts'

/** What the person at the terminal asked for. */
export interface Options {
  readonly help: boolean
  readonly once: boolean
  readonly reset: boolean
  readonly ports: Ports
}

/** The mothership's ports on this machine. */
export interface Ports {
  readonly people: number
  readonly broker: number
  readonly launchers: number
}

export const usage = `npm start -- [OPTIONS]

A control plane and two workers on this machine, and a run of an example stack.

  --once                  end after the summary, also on a terminal
  --reset                 forget everything that earlier starts left, and end
  --people-port N         the control plane's HTTPS for people and containers (1983)
  --broker-port N         its MQTT broker (1984)
  --launchers-port N      its HTTPS for workers (1985)
  --help                  this text
`

/** Reads the arguments. Throws `usage`, naming all problems together. */
export function readOptions(words: readonly string[]): Options {
  const { values, tokens } = parseArgs({
    args: [...words],
    strict: false,
    tokens: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      once: { type: 'boolean' },
      reset: { type: 'boolean' },
      'people-port': { type: 'string', default: '1983' },
      'broker-port': { type: 'string', default: '1984' },
      'launchers-port': { type: 'string', default: '1985' },
    },
  })
  const ports = {
    people: Number(values['people-port']),
    broker: Number(values['broker-port']),
    launchers: Number(values['launchers-port']),
  }
  const problems = [
    ...tokens.flatMap((token) => (token.kind === 'option-terminator' ? [] : unknown(token))),
    ...Object.entries(ports).flatMap(([name, port]) => wrongPort(`--${name}-port`, port)),
    ...(new Set(Object.values(ports)).size < 3 ? ['the three ports must differ'] : []),
  ]
  if (problems.length > 0) throw new QuickstartError('usage', `${problems.join('; ')}. See npm start -- --help.`)
  const { help = false, once = false, reset = false } = values
  return { help: help === true, once: once === true, reset: reset === true, ports }
}

const known = ['help', 'once', 'reset', 'people-port', 'broker-port', 'launchers-port']

function unknown(token: { kind: 'option'; name: string } | { kind: 'positional'; value: string }): string[] {
  if (token.kind === 'positional') return [`unexpected argument ${JSON.stringify(token.value)}`]
  return known.includes(token.name) ? [] : [`unknown option --${token.name}`]
}

function wrongPort(name: string, port: number): string[] {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return []
  return [`${name}: expected a port from 1 to 65535`]
}
