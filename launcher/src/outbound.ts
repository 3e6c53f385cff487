import type { Token } from '../../protocol/token.ts'
import type { Outbound } from './base/outbound.ts'
import type { Env } from './config/option.ts'
import type { Config } from './config/options.ts'
import type { TlsIdentity } from './control/https.ts'
import { tlsIdentity, type Credentials } from './identity/credentials.ts'

const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const

/** The environment, with proxies by their names in capitals: in lower case they count more, as for other programs. */
export function withProxies(env: Env): Env {
  const lower = names.flatMap((name) => {
    const value = env[name.toLowerCase()]
    return value ? [[name, value] as const] : []
  })
  return { ...env, ...Object.fromEntries(lower) }
}

/** The ways out that are set. */
export function outboundOf({ httpProxy, httpsProxy, noProxy, authorities }: Config): Outbound {
  return {
    proxy: {
      ...(httpProxy && { HTTP_PROXY: httpProxy.reveal() }),
      ...(httpsProxy && { HTTPS_PROXY: httpsProxy.reveal() }),
      ...(noProxy && { NO_PROXY: noProxy }),
    },
    authorities: authorities ?? [],
  }
}

/** Where the control plane's HTTPS API is: with long polling an operator may have it at another address than the token says. */
export function apiEndpointOf({ transport, commsUrl }: Pick<Config, 'transport' | 'commsUrl'>, { api }: Token): string {
  return transport === 'poll' && commsUrl !== null ? commsUrl : api.endpoint
}

/** How the launcher shows itself to the control plane, and whom it believes: the token's authority, and those that the operator names. */
export function controlIdentityOf({ authorities }: Pick<Config, 'authorities'>, credentials: Credentials): TlsIdentity {
  const identity = tlsIdentity(credentials)
  return { ...identity, authority: [identity.authority, ...(authorities ?? [])].join('\n') }
}
