import type { IncomingMessage } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { LauncherError, type FailureCode } from '../base/errors.ts'
import type { PullOptions } from '../run/engine.ts'
import type { ApiCall, DockerApi } from './docker-api.ts'
import { engineFailure, Overdue, Refusal, type StatusCodes } from './errors.ts'
import { imageName, parseImageReference } from '../run/image-reference.ts'
import { jsonLines } from './json-lines.ts'
import { PullProgress, type PullLine } from './pull-progress.ts'
import { headersOf, type FindRegistryAuth } from './registry-auth.ts'

/** How long a pull may say nothing before it is given up. How long it takes as a whole is not limited: images can be large. */
const silenceMs = 5 * 60_000

/** What a status says of a pull, be it the daemon's or, passed on by it, the registry's. 429: too many pulls for this address or account. */
const pullCodes: StatusCodes = {
  401: 'REGISTRY_REFUSED',
  403: 'REGISTRY_REFUSED',
  404: 'IMAGE_NOT_FOUND',
  429: 'REGISTRY_REFUSED',
  500: 'REGISTRY_UNREACHABLE',
  502: 'REGISTRY_UNREACHABLE',
  503: 'REGISTRY_UNREACHABLE',
  504: 'REGISTRY_UNREACHABLE',
  507: 'DISK_FULL',
}

export interface WantedImage extends PullOptions {
  readonly image: string
  readonly findAuth: FindRegistryAuth
}

/**
 * Pulls an image. Rejects with IMAGE_NOT_FOUND, REGISTRY_REFUSED, REGISTRY_UNREACHABLE, REGISTRY_LOGIN_FAILED, DISK_FULL, or a
 * failure of the engine itself. The daemon answers most failed pulls with 500, some with 404, and those that fail later with 200 and a line of the
 * body. So the registry is asked for the image's manifest alone then: there, the daemon passes on the registry's own status.
 */
export async function pullImage(api: DockerApi, clock: Clock, wanted: WantedImage): Promise<void> {
  const reference = parseImageReference(wanted.image)
  if (reference === null) throw new LauncherError('IMAGE_NOT_FOUND', `${wanted.image} is not the name of an image`)
  const name = imageName(reference)
  const auth = await wanted.findAuth(reference, wanted.signal)
  const headers = headersOf(auth)
  try {
    const body = await api.stream({
      method: 'POST',
      path: '/images/create',
      query: {
        fromImage: `${reference.registry}/${reference.repository}`,
        tag: reference.digest ?? reference.tag ?? '',
      },
      headers,
      signal: wanted.signal,
      timeoutMs: silenceMs,
    })
    await readPull(body, clock, wanted)
  } catch (error) {
    wanted.signal.throwIfAborted()
    if (!(error instanceof Refusal)) throw engineFailure(error, `cannot pull ${name}`)
    const code = await judge(api, { name, headers, refusal: error, signal: wanted.signal })
    const how = code === 'REGISTRY_REFUSED' ? ` (${auth.from})` : ''
    throw new LauncherError(code, `cannot pull ${name}${how}: ${error.message}`, { cause: error })
  }
}

/** Follows one pull to its end. Its failure may be a line of the body: a Refusal, of the code that the line has, or of 200 without one. */
async function readPull(
  body: IncomingMessage,
  clock: Clock,
  wanted: Pick<WantedImage, 'image' | 'progress'>,
): Promise<void> {
  const progress = new PullProgress(wanted.image, clock.monotonic())
  body.setTimeout(silenceMs, () => body.destroy(new Overdue(silenceMs)))
  for await (const value of jsonLines(body)) {
    const line = value as PullLine
    if (line.error !== undefined) throw new Refusal(line.errorDetail?.code ?? 200, line.error)
    const due = progress.read(line, clock.monotonic())
    if (due !== null) wanted.progress(due)
  }
}

/** The registry's word if it has one to say, else the daemon's. If the registry has nothing against the image, the daemon could not take it in. */
async function judge(
  api: DockerApi,
  failed: { readonly name: string; readonly refusal: Refusal } & Pick<ApiCall, 'headers'> & Pick<PullOptions, 'signal'>,
): Promise<FailureCode> {
  try {
    await api.json({
      method: 'GET',
      path: `/distribution/${failed.name}/json`,
      headers: failed.headers ?? {},
      signal: failed.signal,
      timeoutMs: 60_000,
    })
  } catch (error) {
    failed.signal.throwIfAborted()
    if (error instanceof Refusal) return codeOf(error) ?? codeOf(failed.refusal) ?? 'ENGINE_FAILED'
    return error instanceof Overdue ? 'REGISTRY_UNREACHABLE' : 'ENGINE_UNREACHABLE'
  }
  return failed.refusal.status === 500 ? 'ENGINE_FAILED' : (codeOf(failed.refusal) ?? 'ENGINE_FAILED')
}

/** A daemon that has no credentials for a registry that asks for some makes an error of its own, of no status that would say so. */
function codeOf({ status, message }: Refusal): FailureCode | undefined {
  return status === 500 && /no basic auth credentials/.test(message) ? 'REGISTRY_REFUSED' : pullCodes[status]
}
