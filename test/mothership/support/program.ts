import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { until } from '../../fakes/until.ts'

const bin = new URL('../../../mothership/bin.js', import.meta.url).pathname

/** A process of the program, and what it has written so far. */
export function run(...words: readonly string[]) {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const written = { out: '', err: '' }
  child.stdout.on('data', (bytes) => (written.out += bytes))
  child.stderr.on('data', (bytes) => (written.err += bytes))
  const exit = once(child, 'close').then(([code, signal]) => ({ code, signal, ...written }))
  return { child, written, exit }
}

export interface Ready {
  readonly peoplePort: number
  readonly brokerPort: number
  readonly launchersPort: number
}

/** `serve` on loopback, up and ready; any free ports unless some are given. */
export async function serve(dataDirectory: string, ports: Partial<Ready> = {}) {
  const { peoplePort = 0, brokerPort = 0, launchersPort = 0 } = ports
  const doors = ['--people-port', peoplePort, '--broker-port', brokerPort, '--launchers-port', launchersPort].map(
    String,
  )
  const program = run('serve', '--data', dataDirectory, '--listen', '127.0.0.1', '--public-host', 'localhost', ...doors)
  const line = await until('the ready line', () => {
    if (program.child.exitCode !== null) throw new Error(program.written.err)
    return program.written.out.split('\n').find((text) => text.includes('"mothership ready"'))
  })
  const ready = JSON.parse(line) as Ready
  return { ...program, ready, [Symbol.asyncDispose]: () => ended(program.child) }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'close')
}
