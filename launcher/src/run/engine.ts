/** What a daemon says of itself. */
export interface EngineInfo {
  readonly version: string
  readonly apiVersion: string
  readonly storageDriver: string
  readonly cgroupVersion: string
  /** Its clock, in milliseconds since 1970. */
  readonly time: number
  readonly memoryBytes: number
  readonly cpus: number
}

/** A directory or file of the daemon's machine inside the container. */
export interface Mount {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

/** Everything about a container, decided before anything is touched. The engine decides nothing that this could say. */
export interface ContainerPlan {
  readonly name: string
  readonly image: string
  /** Replaces the image's ENTRYPOINT and CMD. */
  readonly command: readonly string[]
  /** `NAME=value`, in the container's configuration. Holds secrets: never logged. */
  readonly environment: readonly string[]
  readonly workingDirectory: string
  /** `uid:gid`. */
  readonly user: string
  readonly mounts: readonly Mount[]
  readonly labels: Readonly<Record<string, string>>
  readonly network: string
  /** Null: the daemon's default. */
  readonly runtime: string | null
  /** `name:address`; the address may be Docker's `host-gateway`. */
  readonly extraHosts: readonly string[]
  readonly memoryBytes: number | null
  readonly cpus: number | null
  readonly pids: number
}

/** How a container ended. */
export interface Exit {
  readonly exitCode: number
  readonly oomKilled: boolean
  /** The daemon's own words if it could not run the command. */
  readonly error: string
}

/** Who killed a container: somebody through the engine, or the kernel for want of memory. */
export type KilledBy = 'api' | 'memory'

/** What became of a container. */
export type ContainerState =
  | { readonly state: 'created' }
  | { readonly state: 'running' }
  | { readonly state: 'exited'; readonly exit: Exit }
  | { readonly state: 'gone' }

/** A container that some launcher made, found by its labels. */
export interface OwnedContainer {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
}

/** The signals of the ladder by which a container is ended. */
export const endSignals = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const
export type EndSignal = (typeof endSignals)[number]

/** Some of a container's output, from the daemon's own copy. */
export interface CopiedOutput {
  readonly bytes: Uint8Array
  /** When the daemon took it down, by its own clock; of several moments the last. Milliseconds since 1970. */
  readonly at: number
}

/** Which part of the daemon's copy is read, and how. */
export interface CopyOptions {
  readonly signal: AbortSignal
  /** Moments that no piece spans, by the daemon's clock: what was taken down until then and what came later are apart. */
  readonly splitAt?: readonly number[]
}

/**
 * The seam to containers. For each plan the caller goes `pull`, `create`, `attach`, `start`, then reads the output and calls
 * `wait` side by side, then `remove`.
 * - Every method rejects with a LauncherError and nothing else, but for an abort: then with the signal's reason, and the
 *   container lives on.
 * - `attach` comes before `start`, so that no byte is missed. Its output ends when the container does, after its last byte; it
 *   is read with back-pressure: while nobody reads, the container is slowed down and no memory grows.
 * - `output` reads everything that the container wrote from the daemon's own copy, from the first byte, and follows it to the container's end.
 *   It is exact, but for a line that is not at its end yet, which comes late; it does not slow the container down.
 * - `signal` reaches every process of the container, not only the first. It succeeds if the container has ended already.
 * - `remove` kills what still runs, and succeeds when there is nothing to remove.
 */
export interface Engine {
  info(signal: AbortSignal): Promise<EngineInfo>
  /** Pulls an image. `progress` gets a line now and then, never a flood. `present` tells whether a local copy exists. */
  pull(image: string, options: PullOptions): Promise<void>
  present(image: string, signal: AbortSignal): Promise<boolean>
  /** The paths that an image declares as volumes: containers get an empty one there, unless something is mounted at that very path. */
  volumes(image: string, signal: AbortSignal): Promise<readonly string[]>
  /** Creates the container and answers its id. */
  create(plan: ContainerPlan, signal: AbortSignal): Promise<string>
  attach(container: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  output(container: string, options: CopyOptions): Promise<AsyncIterable<CopiedOutput>>
  start(container: string, signal: AbortSignal): Promise<void>
  wait(container: string, signal: AbortSignal): Promise<Exit>
  signal(container: string, name: EndSignal): Promise<void>
  inspect(container: string): Promise<ContainerState>
  /** Who killed a container with SIGKILL, as far as the engine remembers; null: it does not know. */
  killedBy(container: string): Promise<KilledBy | null>
  remove(container: string): Promise<void>
  /** Containers that carry all of these labels, running or not. */
  list(labels: Readonly<Record<string, string>>): Promise<readonly OwnedContainer[]>
}

export interface PullOptions {
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}
