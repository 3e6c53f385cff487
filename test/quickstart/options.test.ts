import { expect, it } from 'vitest'
import { readOptions } from '../../quickstart/options.ts'

const ports = { people: 1983, broker: 1984, launchers: 1985 }

it('has the documented defaults', () => {
  expect(readOptions([])).toEqual({ help: false, once: false, reset: false, ports })
})

it('reads what it is given', () => {
  expect(readOptions(['--once', '--reset', '--people-port', '8443', '--broker-port=8444'])).toEqual({
    help: false,
    once: true,
    reset: true,
    ports: { people: 8443, broker: 8444, launchers: 1985 },
  })
})

it('names every problem at once', () => {
  expect(() => readOptions(['now', '--onec', '--people-port', '99999', '--broker-port', '1985'])).toThrow(
    'unexpected argument "now"; unknown option --onec; --people-port: expected a port from 1 to 65535; the three ports must differ. See npm start -- --help.',
  )
})
