import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { maxPlanInputs, type PlanInput } from '../../../../protocol/results.ts'
import { openResult } from './result-files.ts'

const fileName = /^([A-Za-z0-9_.-]{1,100})\.custom\.spacelift\.json$/

/** Largest file, and all of them together, in bytes. */
const maxFileBytes = 1024 * 1024
const maxBytes = 4 * 1024 * 1024

/** The inputs that hooks left for plan policies, and what is to be said of them in the log. */
export interface ReadPlanInputs {
  readonly planInputs: readonly PlanInput[]
  readonly notes: readonly string[]
}

/** Reads `<key>.custom.spacelift.json` in the project's directory. What has a secret of the job in it (`holdsSecret`) is not kept. */
export async function readPlanInputs(
  project: string,
  holdsSecret: (json: string) => boolean = () => false,
): Promise<ReadPlanInputs> {
  const names = (await readdir(project)).filter((name) => fileName.test(name)).toSorted()
  const planInputs: PlanInput[] = []
  const notes: string[] = []
  let room = maxBytes
  for (const name of names) {
    const found = withoutSecret(await contentOf(join(project, name), Math.min(room, maxFileBytes)), holdsSecret)
    if ('content' in found && planInputs.length < maxPlanInputs) {
      planInputs.push({ key: fileName.exec(name)?.[1] ?? '', content: found.content })
      room -= Buffer.byteLength(found.content)
    } else notes.push(`${name} is not kept: ${'why' in found ? found.why : `there are more than ${maxPlanInputs}`}`)
  }
  return { planInputs, notes }
}

type Content = { readonly content: string } | { readonly why: string }

function withoutSecret(found: Content, holdsSecret: (json: string) => boolean): Content {
  return 'content' in found && holdsSecret(found.content) ? { why: 'it holds a secret of the run' } : found
}

async function contentOf(path: string, most: number): Promise<Content> {
  await using file = await openResult(path)
  if (file === null) return { why: 'it is no plain file' }
  if ((await file.stat()).size > most) return { why: `it is larger than ${most} bytes` }
  const content = await file.readFile('utf8')
  try {
    JSON.parse(content)
    return { content }
  } catch {
    return { why: 'it is not JSON' }
  }
}
