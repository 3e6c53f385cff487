/** What the set-up of the project `real` brings, for `inject`. */
declare module 'vitest' {
  export interface ProvidedContext {
    /** A Docker engine of the tests' own, and an image in it with a shell, busybox and the user `spacelift`. */
    readonly engine: { readonly socket: string; readonly image: string }
    /** OpenTofu's executable. */
    readonly tofu: string
    /** Terraform's executable, or null where it cannot be had. */
    readonly terraform: string | null
    /** OPA's executable. */
    readonly opa: string
    /** Mosquitto's executable. */
    readonly mosquitto: string
  }
}

export {}
