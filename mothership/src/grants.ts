import type { Phase } from '../../protocol/job.ts'
import type { Foundation } from './foundation.ts'
import type { JobParts } from './runs/parts.ts'
import { IdentityTokens } from './secrets/identity-tokens.ts'
import { StateTokens } from './secrets/state-tokens.ts'
import { Tokens } from './secrets/tokens.ts'
import type { Endpoints } from './serve/endpoints.ts'

/** What jobs are given to go elsewhere with. */
export interface Grants {
  readonly tokens: Tokens
  readonly stateTokens: StateTokens
  readonly identityTokens: IdentityTokens
  readonly grants: Pick<JobParts, 'stateAccess' | 'proveIdentity' | 'account'>
}

/** `issuer`: where clouds find the discovery document. */
export function grantsOf(
  { secrets, clock, signingKey, identity }: Foundation,
  { people, state }: Pick<Endpoints, 'people' | 'state'>,
  issuer: string,
): Grants {
  const tokens = new Tokens(secrets, clock, people)
  const stateTokens = new StateTokens(tokens)
  const identityTokens = new IdentityTokens(signingKey, issuer)
  const stateAccess: JobParts['stateAccess'] = (stack, run, at) => ({
    address: `${state}/state/${stack}`,
    username: run,
    password: stateTokens.issue(stack, run, at),
    authority: state.startsWith('https:') ? identity.authority : null,
  })
  const account = new URL(issuer).hostname
  return {
    tokens,
    stateTokens,
    identityTokens,
    grants: { stateAccess, proveIdentity: proveIdentity(identityTokens), account },
  }
}

/** What a run may do in a cloud is what its job may do: `write` if it can get to a phase that changes something. */
function proveIdentity(tokens: IdentityTokens): JobParts['proveIdentity'] {
  return (run, job, stack) =>
    tokens.issue({
      space: stack.space,
      stack: run.stack,
      run: run.id,
      runType: run.type,
      job: job.id,
      scope: job.phases.some((phase) => changing.includes(phase)) ? 'write' : 'read',
      audience: stack.oidcAudience ?? null,
      issuedAt: job.createdAt,
    })
}

const changing: readonly Phase[] = ['APPLYING', 'PERFORMING', 'DESTROYING']
