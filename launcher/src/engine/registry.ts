import { LauncherError } from '../base/errors.ts'
import type { EngineAddress } from './dialer.ts'
import { DockerApi } from './docker-api.ts'
import { engineFailure } from './errors.ts'
import { imageName, parseImageReference } from '../run/image-reference.ts'
import { headersOf, type FindRegistryAuth } from './registry-auth.ts'

const timeoutMs = 15_000

/** Asks an image's registry, through the engine and by its way out, for the image's digest. Pulls nothing. Rejects with a LauncherError. */
export async function askRegistry(
  { address, findAuth }: { readonly address: EngineAddress; readonly findAuth: FindRegistryAuth },
  image: string,
  signal: AbortSignal,
): Promise<string> {
  const reference = parseImageReference(image)
  if (reference === null) throw new LauncherError('IMAGE_NOT_FOUND', `${image} is not the name of an image`)
  const headers = headersOf(await findAuth(reference, signal))
  const path = `/distribution/${encodeURI(imageName(reference))}/json`
  try {
    const answer = await new DockerApi(address).json({ method: 'GET', path, headers, signal, timeoutMs })
    return (answer as { Descriptor?: { digest?: string } } | undefined)?.Descriptor?.digest ?? 'no digest'
  } catch (error) {
    signal.throwIfAborted()
    throw engineFailure(error, `cannot ask for ${image}`)
  }
}
