import { getCACertificates } from 'node:tls'

/** Proxies by the names of the variables that name them. Addresses may hold a password. */
export interface ProxySettings {
  readonly HTTP_PROXY?: string
  readonly HTTPS_PROXY?: string
  readonly NO_PROXY?: string
}

/** How this launcher reaches what is outside: not the engine, and not the broker. */
export interface Outbound {
  readonly proxy: ProxySettings
  /** Certificates that are trusted beside the usual ones: PEM. */
  readonly authorities: readonly string[]
}

/** By no proxy, trusting whom everybody trusts. */
export const direct: Outbound = { proxy: {}, authorities: [] }

/** What an agent of Node's HTTP client is made with, so that it goes that way. */
export function agentOptions({ proxy, authorities }: Outbound): { proxyEnv: Record<string, string>; ca?: string[] } {
  return {
    proxyEnv: { ...proxy },
    ...(authorities.length > 0 && { ca: [...getCACertificates('default'), ...authorities] }),
  }
}

/** Everybody who is trusted, for a program that reads a file of them in place of its own. */
export function everyAuthority(authorities: readonly string[]): string {
  const usual = [...getCACertificates('system'), ...getCACertificates('default')]
  return [...new Set([...usual, ...authorities].map((pem) => `${pem.trim()}\n`))].join('')
}
