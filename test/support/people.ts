import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'

/** What the API answered: the data, or its first complaint. */
interface Answer {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string }[]
}

/** What `serve` writes for people on its machine. */
interface Profile {
  readonly endpoint: string
  readonly keyId: string
  readonly keySecret: string
  readonly authority: string
}

/** A person's GraphQL client: for tests that ask too often to start the command line each time. */
export class People implements AsyncDisposable {
  readonly #agent: Agent
  readonly #profile: Profile
  #jwt: string | null = null

  private constructor(profile: Profile) {
    this.#profile = profile
    this.#agent = new Agent({ connect: { ca: profile.authority } })
  }

  /** `profile`: the file that the mothership writes. */
  static async of(profile: string): Promise<People> {
    return new People(JSON.parse(await readFile(profile, 'utf8')) as Profile)
  }

  /** Asks once. Rejects with the API's own words, and when nobody answers. */
  async ask<T>(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<T> {
    this.#jwt ??= await this.#exchange()
    return (await this.#post({ query, variables })) as T
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }

  async #exchange(): Promise<string> {
    const { keyId: id, keySecret: secret } = this.#profile
    const query = 'mutation($id:ID!$secret:String!){apiKeyUser(id: $id, secret: $secret){jwt}}'
    const { apiKeyUser } = (await this.#post({ query, variables: { id, secret } })) as { apiKeyUser: { jwt: string } }
    return apiKeyUser.jwt
  }

  async #post(body: object): Promise<unknown> {
    const { body: answer } = await request(`${this.#profile.endpoint}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(this.#jwt ? { authorization: `Bearer ${this.#jwt}` } : {}) },
      body: JSON.stringify(body),
      dispatcher: this.#agent,
    })
    const { data, errors } = (await answer.json()) as Answer
    if (errors?.[0]) throw new Error(errors[0].message)
    return data
  }
}
