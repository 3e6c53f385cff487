import { Agent as PlainAgent } from 'node:http'
import { Agent } from 'node:https'
import { agentOptions, type Outbound } from '../base/outbound.ts'
import { loginFailed, loginOf, type RegistryLogin } from './docker-config.ts'

/** What AWS is given to answer, credentials from its own metadata services included. */
const patienceMs = 30_000

/** The region of a private registry of Amazon ECR, or null for every other host. */
export function ecrRegion(host: string): string | null {
  const match =
    /^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host) ??
    /^\d{12}\.dkr-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn)$/.exec(host)
  return match?.[1] ?? null
}

/**
 * A token for Amazon ECR, from whatever credentials of AWS surround the launcher: environment, files, the roles of pods and
 * machines. Rejects with REGISTRY_LOGIN_FAILED, or with the signal's reason.
 */
export async function ecrLogin(
  region: string,
  { outbound, signal }: { readonly outbound: Outbound; readonly signal: AbortSignal },
): Promise<RegistryLogin> {
  // Only here, because hardly any launcher needs it.
  const { ECRClient, GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr')
  const way = agentOptions(outbound)
  const requestHandler = { httpAgent: new PlainAgent(way), httpsAgent: new Agent(way) }
  const client = new ECRClient({ region, maxAttempts: 3, requestHandler })
  const ending = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  try {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}), { abortSignal: ending })
    const token = authorizationData?.[0]?.authorizationToken ?? ''
    const login = loginOf({ auth: token }, 'the token')
    if (login === null) throw new Error('it answered without a token')
    return login
  } catch (error) {
    signal.throwIfAborted()
    const words = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : 'unknown'
    throw loginFailed(`Amazon ECR in ${region} gave no token: ${words}`)
  } finally {
    client.destroy()
  }
}
