import { messageOf } from '../../ci/tools/errors.ts'
import { patiently, type Say } from '../../ci/tools/patience.ts'
import { createImage, hasImage, pullImage } from '../engine/pull.ts'
import { findBusybox } from './busybox.ts'
import { imageName, instructions } from './recipe.ts'
import { rootFilesystem } from './root-filesystem.ts'

/** What it takes to have a runner image. `cache` keeps what is fetched for it. */
export interface ImageOptions {
  readonly socket: string
  readonly cache: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: Say
  readonly signal: AbortSignal
}

/** The image that runs are made from where nobody names another (reference: Spacelift's public runner image). */
export const defaultImage = 'public.ecr.aws/spacelift/runner-terraform:latest'

const firstByteMs = 10_000

/** The default runner image, or one made here if that cannot be pulled. Whichever the engine has already is used at once. */
export async function findRunnerImage(options: ImageOptions): Promise<string> {
  const { socket, say, signal } = options
  for (const image of [defaultImage, imageName()]) {
    if (!(await hasImage(socket, image, signal))) continue
    say(`Runner image ${image}: there already`)
    return image
  }
  try {
    await patiently(say, `Pulling the runner image ${defaultImage}`, (note) =>
      pullImage(socket, defaultImage, { firstByteMs, note, signal }),
    )
    say(`Runner image ${defaultImage}: pulled`)
    return defaultImage
  } catch (error) {
    signal.throwIfAborted()
    say(`${defaultImage} cannot be pulled (${messageOf(error)}): making a small runner image here`)
    return await makeRunnerImage(options)
  }
}

/** Makes a small image without any registry, unless the engine has it: busybox, a user for runs, certificates. Answers its name. */
export async function makeRunnerImage(options: ImageOptions): Promise<string> {
  const { socket, say, signal } = options
  const image = imageName()
  if (await hasImage(socket, image, signal)) return image
  const [repo = '', tag = ''] = image.split(':')
  const query = new URLSearchParams({ fromSrc: '-', repo, tag })
  for (const instruction of instructions) query.append('changes', instruction)
  await patiently(say, 'Making a runner image', async () => {
    const body = await rootFilesystem(await findBusybox(options.cache, options), signal)
    const call = { method: 'POST', path: `/images/create?${query.toString()}`, body, signal } as const
    await createImage(socket, call, () => undefined)
  })
  say(`Runner image ${image}: made from busybox`)
  return image
}
