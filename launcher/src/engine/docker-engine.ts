import { systemClock, type Clock } from '../base/clock.ts'
import type {
  ContainerPlan,
  ContainerState,
  CopiedOutput,
  CopyOptions,
  EndSignal,
  Engine,
  EngineInfo,
  Exit,
  KilledBy,
  OwnedContainer,
  PullOptions,
} from '../run/engine.ts'
import { checkEnvironment, containerOptions } from './container-options.ts'
import { containerOutput } from './container-output.ts'
import { containerDetails, containerState, isEnding } from './container-state.ts'
import type { EngineAddress } from './dialer.ts'
import { copiedOutput, type OpenLogs } from './copied-output.ts'
import { DockerApi } from './docker-api.ts'
import { engineInfo } from './engine-info.ts'
import { engineFailure, unlessRefused, type StatusCodes } from './errors.ts'
import { signalContainer } from './end-signal.ts'
import { killedBy } from './kill-events.ts'
import { pullImage } from './pull.ts'
import { aheadOfTheEnd } from './read-ahead.ts'
import { anonymous, type FindRegistryAuth } from './registry-auth.ts'
import { removeContainer } from './remove.ts'
import { waitForExit } from './wait.ts'

/** Calls that only read or send a signal. */
const quickMs = 30_000
/** Calls that work on the daemon's disk, which may be slow, or copy an image's layer (storage driver vfs). */
const slowMs = 180_000

const lost: StatusCodes = { 404: 'CONTAINER_LOST' }

export interface DockerEngineOptions {
  readonly clock?: Clock
  /** Finds credentials for a pull; default: none, but for Amazon ECR. */
  readonly findAuth?: FindRegistryAuth
}

/** The Engine of every real launcher: a Docker daemon from 20.10 (API 1.41) on. */
export class DockerEngine implements Engine {
  readonly #api: DockerApi
  readonly #clock: Clock
  readonly #findAuth: FindRegistryAuth

  /** Throws CONFIGURATION for an address that is none. Nothing is connected yet. */
  constructor(address: EngineAddress, { clock = systemClock, findAuth = anonymous }: DockerEngineOptions = {}) {
    this.#api = new DockerApi(address)
    this.#clock = clock
    this.#findAuth = findAuth
  }

  info(signal: AbortSignal): Promise<EngineInfo> {
    return attempt('cannot ask the Docker engine who it is', { signal }, () =>
      engineInfo(this.#api, { signal, timeoutMs: quickMs }),
    )
  }

  pull(image: string, options: PullOptions): Promise<void> {
    const wanted = { ...options, image, findAuth: this.#findAuth }
    return attempt(`cannot pull ${image}`, options, () => pullImage(this.#api, this.#clock, wanted))
  }

  async present(image: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#image(image, signal)) !== null
  }

  async volumes(image: string, signal: AbortSignal): Promise<readonly string[]> {
    const found = (await this.#image(image, signal)) as { Config?: { Volumes?: object | null } | null } | null
    return Object.keys(found?.Config?.Volumes ?? {})
  }

  #image(image: string, signal: AbortSignal): Promise<unknown> {
    return attempt(`cannot look for ${image}`, { signal }, () => {
      const call = { method: 'GET', path: `/images/${encodeURI(image)}/json`, signal, timeoutMs: quickMs } as const
      return unlessRefused(this.#api.json(call), 404)
    })
  }

  create(plan: ContainerPlan, signal: AbortSignal): Promise<string> {
    return attempt('cannot create the container', { signal, codes: { 404: 'IMAGE_NOT_FOUND' } }, async () => {
      checkEnvironment(plan.environment)
      const body = containerOptions(plan)
      const query = { name: plan.name }
      const made = await this.#api.json({
        method: 'POST',
        path: '/containers/create',
        query,
        body,
        signal,
        timeoutMs: slowMs,
      })
      return (made as { readonly Id: string }).Id
    })
  }

  attach(container: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return attempt('cannot attach to the container', { signal, codes: lost }, async () => {
      const query = { stream: true, stdout: true, stderr: true }
      const path = `/containers/${container}/attach`
      const socket = await this.#api.hijack({ method: 'POST', path, query, signal, timeoutMs: quickMs })
      return aheadOfTheEnd(containerOutput(socket, signal), {
        isEnding: () => isEnding(this.#api, container),
        everyMs: 250,
        stop: () => void socket.destroy(),
      })
    })
  }

  output(container: string, options: CopyOptions): Promise<AsyncIterable<CopiedOutput>> {
    const { signal } = options
    return attempt('cannot read the output of the container', { signal, codes: lost }, async () => {
      const path = `/containers/${container}/logs`
      const open: OpenLogs = (query) =>
        this.#api.stream({
          method: 'GET',
          path,
          query: { ...query, stdout: true, stderr: true, timestamps: true },
          signal,
          timeoutMs: quickMs,
        })
      return copiedOutput(open, await open({ follow: true }), options)
    })
  }

  start(container: string, signal: AbortSignal): Promise<void> {
    // 400: what the image and the mounts make of the plan cannot be run.
    const codes: StatusCodes = { ...lost, 400: 'IMAGE_UNUSABLE' }
    return attempt('cannot start the container', { signal, codes }, async () => {
      await this.#api.text({ method: 'POST', path: `/containers/${container}/start`, signal, timeoutMs: slowMs })
    })
  }

  wait(container: string, signal: AbortSignal): Promise<Exit> {
    return attempt('cannot wait for the container', { signal, codes: lost }, () =>
      waitForExit(this.#api, container, signal),
    )
  }

  signal(container: string, name: EndSignal): Promise<void> {
    return attempt(`cannot send ${name} to the container`, {}, () => signalContainer(this.#api, container, name))
  }

  inspect(container: string): Promise<ContainerState> {
    return attempt('cannot look at the container', {}, async () =>
      containerState(await containerDetails(this.#api, container, { timeoutMs: quickMs })),
    )
  }

  killedBy(container: string): Promise<KilledBy | null> {
    return attempt('cannot ask who killed the container', {}, () => killedBy(this.#api, container))
  }

  remove(container: string): Promise<void> {
    return attempt('cannot remove the container', {}, () => removeContainer(this.#api, container, slowMs))
  }

  list(labels: Readonly<Record<string, string>>): Promise<readonly OwnedContainer[]> {
    return attempt('cannot list the containers', {}, async () => {
      const filters = JSON.stringify({ label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) })
      const query = { all: true, filters }
      const found = await this.#api.json({ method: 'GET', path: '/containers/json', query, timeoutMs: quickMs })
      return (found as readonly { readonly Id: string; readonly Labels: Record<string, string> | null }[]).map(
        (container) => ({ id: container.Id, labels: container.Labels ?? {} }),
      )
    })
  }
}

/** Does `work`; what it throws becomes the signal's reason if that was aborted, else a LauncherError that begins with `what`. */
async function attempt<T>(
  what: string,
  how: { readonly signal?: AbortSignal; readonly codes?: StatusCodes },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw how.signal?.aborted ? how.signal.reason : engineFailure(error, what, how.codes)
  }
}
