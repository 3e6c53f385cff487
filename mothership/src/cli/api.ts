import type { Readable } from 'node:stream'
import { Agent, request, type Dispatcher } from 'undici'
import { connectionFailure } from './connection.ts'
import { CommandFailure, exitCodes, type ExitCode } from './failure.ts'
import type { Profile } from './profile.ts'

type Variables = Readonly<Record<string, unknown>>

/** Of several values, each is a header of its own. */
type Headers = Readonly<Record<string, string | readonly string[]>>

interface Answer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

const exchange = 'mutation($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { jwt } }'

const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  'not-found': exitCodes.notFound,
  conflict: exitCodes.conflict,
  unauthorized: exitCodes.unreachable,
}

const silenceMs = 60_000

/** The mothership's API for people. Every call rejects with a CommandFailure, or with the signal's reason. */
export class Api {
  readonly endpoint: string
  readonly #profile: Profile
  readonly #signal: AbortSignal
  readonly #agent: Agent
  #token: string | undefined

  constructor(profile: Profile, signal: AbortSignal) {
    this.endpoint = profile.endpoint
    this.#profile = profile
    this.#signal = signal
    this.#agent = new Agent({
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      ...(profile.authority && { connect: { ca: profile.authority } }),
    })
  }

  /** Asks one document and answers its data. Exchanges the key for a token first, and again when the token is over. */
  async ask<T>(document: string, variables: Variables = {}, headers: Headers = {}): Promise<T> {
    const old = this.#token !== undefined
    this.#token ??= await this.#exchange()
    const answer = await this.#post(document, variables, { ...headers, authorization: `Bearer ${this.#token}` })
    if (old && answer.errors?.[0]?.extensions?.code === 'unauthorized') {
      this.#token = undefined
      return this.ask(document, variables, headers)
    }
    return dataOf<T>(answer)
  }

  /** PUTs a stream to an address that the API gave, and answers the JSON that comes back. */
  async upload<T>(url: string, content: Readable): Promise<T> {
    const response = await this.#request(url, { method: 'PUT', body: content })
    if (response.statusCode !== 200 && response.statusCode !== 201) throw await this.#refused(response)
    return (await response.body.json()) as T
  }

  /** GETs an address that the API gave. */
  async download(url: string): Promise<string> {
    const response = await this.#request(url, { method: 'GET' })
    if (response.statusCode !== 200) throw await this.#refused(response)
    return response.body.text()
  }

  close(): Promise<void> {
    return this.#agent.close()
  }

  async #exchange(): Promise<string> {
    const { keyId, keySecret } = this.#profile
    const answer = await this.#post(exchange, { id: keyId, secret: keySecret }, {})
    const { apiKeyUser } = dataOf<{ apiKeyUser: { jwt: string } }>(answer)
    return apiKeyUser.jwt
  }

  async #post(query: string, variables: Variables, headers: Headers): Promise<Answer> {
    const response = await this.#request(`${this.endpoint}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    if (response.statusCode !== 200) throw await this.#refused(response)
    return this.#connected(response.body.json() as Promise<Answer>)
  }

  #request(url: string, options: Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body'>) {
    return this.#connected(request(url, { ...options, signal: this.#signal, dispatcher: this.#agent }))
  }

  async #connected<T>(call: Promise<T>): Promise<T> {
    try {
      return await call
    } catch (error) {
      throw this.#signal.aborted ? this.#signal.reason : connectionFailure(error, this.endpoint)
    }
  }

  /** An answer outside of GraphQL. A server that is stopping, or a proxy that cannot reach it, will be there again. */
  async #refused(response: Dispatcher.ResponseData): Promise<CommandFailure> {
    const text = await response.body.text().catch(() => '')
    const passing = [502, 503, 504].includes(response.statusCode)
    const message = `The mothership at ${this.endpoint} answered HTTP ${response.statusCode}: ${saidIn(text)}`
    return new CommandFailure(passing ? exitCodes.unreachable : exitCodes.failed, message, { passing })
  }
}

function dataOf<T>({ data, errors }: Answer): T {
  const first = errors?.[0]
  if (!first) return data as T
  const exitCode = exitCodeOf[first.extensions?.code ?? ''] ?? exitCodes.failed
  throw new CommandFailure(exitCode, errors.map(({ message }) => message).join('\n'))
}

function saidIn(text: string): string {
  try {
    return (JSON.parse(text) as Answer).errors?.[0]?.message ?? text.slice(0, 200)
  } catch {
    return text.slice(0, 200)
  }
}
