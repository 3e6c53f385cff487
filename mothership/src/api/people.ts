import { ApiServer, type ServerParts } from './server.ts'

export interface PeopleParts extends Omit<ServerParts, 'name' | 'clientCertificate'> {
  readonly version: string
  /** Resolves while the mothership can do its work. */
  readonly healthy: () => Promise<unknown>
}

/**
 * The server for people, tools and the containers of runs: HTTPS, and everybody proves who they are in each request. Here is only what
 * needs no proof; the rest is registered by whoever assembles the mothership.
 */
export function createPeopleApi({ version, healthy, ...parts }: PeopleParts): ApiServer {
  const api = new ApiServer({ ...parts, name: 'people', clientCertificate: false })
  api.routes.get('/healthz', async (_request, reply) => {
    await healthy()
    return reply.type('text/plain; charset=utf-8').send('ok\n')
  })
  api.routes.get('/', async (_request, reply) => reply.type('text/plain; charset=utf-8').send(front(version)))
  return api
}

function front(version: string): string {
  return [
    `spacelift-mothership ${version}`,
    '',
    'POST /graphql   pools, workers, stacks and runs, for people and tools (bearer token from the mutation apiKeyUser)',
    'GET /.well-known/openid-configuration  by what a cloud verifies the token of a run (OpenID Connect)',
    '/state/<stack>  the state of a stack, for its runs (HTTP backend of OpenTofu and Terraform)',
    'GET /healthz    whether the mothership can do its work',
    '',
    'The command line is `spacelift-mothership --help`.',
    '',
  ].join('\n')
}
