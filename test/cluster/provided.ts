/** What the set-up of the project `cluster` brings, for `inject`. */
declare module 'vitest' {
  export interface ProvidedContext {
    readonly cluster: ProvidedCluster
  }
}

/** A cluster with a mothership in it, and what it takes to use them. */
export interface ProvidedCluster {
  readonly kubeconfig: string
  /** The program and its first words. */
  readonly kubectl: readonly string[]
  readonly helm: { readonly 3: string; readonly 4: string }
  /** Names as pods know them, `runner` as the engines in pods do. */
  readonly images: { readonly launcher: string; readonly dind: string; readonly small: string; readonly runner: string }
  /** The mothership's image, as pods know it. */
  readonly mothership: string
  /** A registry without TLS that the engines in pods may speak to, or null. */
  readonly insecureRegistry: string | null
  /** The file by which the mothership's command line and GraphQL clients find it. */
  readonly profile: string
}
