import type { FastifyInstance } from 'fastify'

export interface DiscoveryParts {
  /** Without a slash at the end. */
  readonly issuer: string
  /** JSON Web Keys, public halves only. */
  readonly keys: readonly object[]
}

/** The standard ones, and those of the run. */
const claims = 'iss sub aud exp iat jti nbf spaceId callerType callerId runType runId scope'.split(' ')

/** Clouds ask again at times: for minutes they need not. */
const cached = 'public, max-age=300'

/**
 * By what a cloud verifies the token of a run, as OpenID Connect Discovery 1.0 wants it. For anybody: there is nothing
 * secret here.
 */
export async function discoveryRoutes(routes: FastifyInstance, { issuer, keys }: DiscoveryParts): Promise<void> {
  routes.get('/.well-known/openid-configuration', async (_request, reply) =>
    reply.header('cache-control', cached).send({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
      claims_supported: claims,
    }),
  )
  routes.get('/.well-known/jwks', async (_request, reply) => reply.header('cache-control', cached).send({ keys }))
}
