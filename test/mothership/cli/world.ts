import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Command } from 'commander'
import { fastify, type FastifyInstance } from 'fastify'
import type { Clock } from '../../../mothership/src/base/clock.ts'
import { Refusal } from '../../../mothership/src/base/errors.ts'
import type { Io } from '../../../mothership/src/cli/io.ts'
import { addCommands, runCommandLine } from '../../../mothership/src/cli/program.ts'
import { graphqlRoutes } from '../../../mothership/src/graphql/routes.ts'
import { World } from '../graphql/fake-services.ts'

/** What a command line left behind. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface Circumstances {
  readonly isTTY?: boolean
  readonly env?: Record<string, string>
  readonly stdin?: string
  readonly signal?: AbortSignal
  readonly onErr?: (text: string) => void
}

/** A real server of the GraphQL plugin on fake services, an empty directory to work in, and command lines against them. */
export class Stage implements AsyncDisposable {
  readonly world = new World()
  readonly directory = mkdtempSync(join(tmpdir(), 'cli ünd räume-'))
  /** Called whenever a command pauses, in place of the pause: the moment to let something happen. */
  onPause: (pauses: number) => void | Promise<void> = () => undefined
  #server: FastifyInstance | undefined
  #port = 0
  #pauses = 0

  static async start(): Promise<Stage> {
    const stage = new Stage()
    await stage.up()
    return stage
  }

  /** Starts the server, again on the same port if it ran before. */
  async up(): Promise<void> {
    this.#server = fastify()
    await this.#server.register(graphqlRoutes, this.world.parts())
    await this.#server.listen({ host: '127.0.0.1', port: this.#port })
    this.#port = (this.#server.server.address() as { port: number }).port
  }

  async down(): Promise<void> {
    this.#server?.server.closeAllConnections()
    await this.#server?.close()
    this.#server = undefined
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Runs a command line, given as its words. */
  async run(words: readonly string[], circumstances: Circumstances = {}): Promise<Ended> {
    const ended = { code: 0, out: '', err: '' }
    const io: Io = {
      out: (text) => void (ended.out += text),
      err: (text) => {
        ended.err += text
        circumstances.onErr?.(text)
      },
      exit: (code) => void (ended.code = code),
      env: circumstances.env ?? this.credentials(),
      isTTY: circumstances.isTTY ?? false,
      stdin: Readable.from([circumstances.stdin ?? '']),
      cwd: this.directory,
      signal: circumstances.signal ?? new AbortController().signal,
      clock: this.#clock(),
      abilities: {
        makeKeyRequest: async () => ({ privateKey: 'PRIVATE KEY', certificateSigningRequest: 'CERTIFICATE REQUEST' }),
        prepareStack,
      },
    }
    const program = new Command('spacelift-mothership')
    addCommands(program, io)
    await runCommandLine(program, words, io)
    return ended
  }

  credentials(): Record<string, string> {
    return {
      SPACELIFT_API_KEY_ENDPOINT: `${this.endpoint}/`,
      SPACELIFT_API_KEY_ID: '01JKEY',
      SPACELIFT_API_KEY_SECRET: 's3cret',
    }
  }

  /** Time stands still, but for the pauses: they are over at once. */
  #clock(): Clock {
    return {
      now: () => this.world.now,
      sleep: async (ms, signal) => {
        this.world.now += ms
        this.#pauses += 1
        await this.onPause(this.#pauses)
        signal?.throwIfAborted()
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** Reads of a YAML no more than its source and one file. */
const prepareStack: Io['abilities']['prepareStack'] = async (yaml, read) => {
  if (yaml.includes('nmae:'))
    throw new Refusal('bad-request', 'nmae: unknown key, did you mean name?\nname: is missing')
  const from = /from: (.*)/.exec(yaml)?.[1]
  const content = from === undefined ? undefined : Buffer.from(await read(from)).toString('base64')
  const source = /^source: (.*)$/m.exec(yaml)?.[1] ?? '.'
  return {
    yaml: content === undefined ? yaml : yaml.replace(/from: .*/, `base64: ${content}`),
    directory: source === 'none' ? null : source,
  }
}
