import { LauncherError, type FailureCode } from '../base/errors.ts'
import type { Engine } from './engine.ts'
import { imageName, parseImageReference, registryAlias, type ImageReference } from './image-reference.ts'
import type { PullPolicy, RunSettings } from './run.ts'

export interface PullParts {
  readonly engine: Pick<Engine, 'pull' | 'present'>
  readonly image: string
  readonly policy: PullPolicy
  readonly signal: AbortSignal
  /** Gets a line for the run's log now and then. */
  readonly say: (line: string) => void
}

/**
 * Sees to it that an image is there. `always` asks the registry each time, as a tag may have moved; what is named by its
 * digest cannot. If the registry refuses or does not answer, a copy that is there is used, and the log says so.
 */
export async function bringImage({ engine, image, policy, signal, say }: PullParts): Promise<void> {
  const present = await engine.present(image, signal)
  if (present && (policy !== 'always' || image.includes('@'))) return
  if (policy === 'never')
    throw new LauncherError('IMAGE_NOT_FOUND', `This worker has no copy of ${image}, and is set never to pull one`)
  try {
    await engine.pull(image, { signal, progress: say })
  } catch (error) {
    if (!present || !isRegistrys(error)) throw error
    say(`The image could not be pulled, so this worker's copy of it is used: ${error.message}`)
  }
}

const registrys: readonly FailureCode[] = [
  'IMAGE_NOT_FOUND',
  'REGISTRY_REFUSED',
  'REGISTRY_UNREACHABLE',
  'REGISTRY_LOGIN_FAILED',
]

function isRegistrys(error: unknown): error is LauncherError {
  return error instanceof LauncherError && registrys.includes(error.code)
}

/** Whether the operator allows an image's registry. */
export function isAllowedImage(
  image: string,
  { allowedImageHosts: allowed }: Pick<RunSettings, 'allowedImageHosts'>,
): boolean {
  if (allowed === null) return true
  const reference = parseImageReference(image)
  return reference !== null && allowed.some((host) => allows(host, reference))
}

/** Throws IMAGE_REFUSED for an image of a registry that the operator does not allow. */
export function refuseForeignImage(
  image: string,
  { allowedImageHosts: allowed }: Pick<RunSettings, 'allowedImageHosts'>,
): void {
  if (allowed === null || isAllowedImage(image, { allowedImageHosts: allowed })) return
  const reference = parseImageReference(image)
  const what = reference === null ? `${image} is not the name of an image` : fromWhere(image, reference)
  throw new LauncherError('IMAGE_REFUSED', `${what}; allowed here: ${allowed.join(', ')}`)
}

function fromWhere(image: string, reference: ImageReference): string {
  const full = imageName(reference)
  return `The image ${image} is from ${reference.registry}${full === image ? '' : ` (${full})`}, which this worker does not allow`
}

/** `*.example.com` stands for every host below it. */
function allows(host: string, { registry }: ImageReference): boolean {
  const [wanted, is] = [registryAlias(host.toLowerCase()), registryAlias(registry.toLowerCase())]
  return wanted.startsWith('*.') ? is.endsWith(wanted.slice(1)) && is.length >= wanted.length : is === wanted
}
