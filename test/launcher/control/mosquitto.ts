import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Identity } from '../../fakes/certificates.ts'

export interface MosquittoOptions {
  /** The executable. */
  readonly program: string
  readonly identity: Identity
  readonly authority: string
  /** Passwords by user. `mothership` may read and write everything, everybody else its own two topics. */
  readonly users: Readonly<Record<string, string>>
}

const acl = `user mothership
topic readwrite #
pattern read spacelift/readonly/+/%u
pattern write spacelift/writeonly/+/%u
`

/** Mosquitto on loopback with TLS, client certificates, passwords and an access list, as an operator would set it up for a pool. */
export class Mosquitto {
  readonly port: number
  readonly #program: string
  readonly #directory: string
  #process: ChildProcess | null = null

  private constructor(program: string, directory: string, port: number) {
    this.#program = program
    this.#directory = directory
    this.port = port
  }

  static async start({ program, identity, authority, users }: MosquittoOptions): Promise<Mosquitto> {
    const directory = await mkdtemp(join(tmpdir(), 'mosquitto-'))
    const port = await freePort()
    const write = (name: string, text: string) => writeFile(join(directory, name), text, { mode: 0o600 })
    const at = (name: string) => join(directory, name)
    await write('key.pem', identity.privateKey)
    await write('certificate.pem', identity.certificate)
    await write('authority.pem', authority)
    await write('acl', acl)
    await write('passwords', '')
    const passwd = join(dirname(program), '..', 'bin', 'mosquitto_passwd')
    for (const [user, password] of Object.entries(users)) {
      await promisify(execFile)(passwd, ['-b', at('passwords'), user, password])
    }
    const lines = [
      'user root',
      `listener ${port} 127.0.0.1`,
      `cafile ${at('authority.pem')}`,
      `certfile ${at('certificate.pem')}`,
      `keyfile ${at('key.pem')}`,
      'require_certificate true',
      'allow_anonymous false',
      `password_file ${at('passwords')}`,
      `acl_file ${at('acl')}`,
      'persistence false',
      'log_type all',
    ]
    await write('mosquitto.conf', `${lines.join('\n')}\n`)
    const broker = new Mosquitto(program, directory, port)
    await broker.run()
    return broker
  }

  /** Starts the process and waits until it listens. */
  async run(): Promise<void> {
    const child = spawn(this.#program, ['-c', join(this.#directory, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = child
    let said = ''
    const running = Promise.withResolvers<void>()
    child.stderr?.on('data', (data: Buffer) => {
      said += data.toString()
      if (/mosquitto version \S+ running/.test(said)) running.resolve()
    })
    child.once('exit', () => running.reject(new Error(`mosquitto ended: ${said}`)))
    await running.promise
  }

  async kill(): Promise<void> {
    const child = this.#process
    this.#process = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async close(): Promise<void> {
    await this.kill()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
