import { constants } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'

/** Most bytes that a result may have on disk. */
export const maxResultBytes = 1024 * 1024 * 1024

/** What the script leaves in the workspace, for the launcher to read once the container has ended: by then nothing else knows it. */
const fileNames = {
  /** The tool's JSON of the plan. */
  plan: '.spacelift-plan.json',
  /** The tool's JSON of all outputs. */
  outputs: '.spacelift-outputs.json',
  /** The project's directory, relative to the source. */
  project: '.spacelift-project',
} as const
export type ResultName = keyof typeof fileNames

/** Where a result is, in a workspace as the container or as the launcher sees it. */
export function resultPath(workspace: string, name: ResultName): string {
  return `${workspace}/${fileNames[name]}`
}

/** Opens a file that a run may have made: a plain file and nothing else, never through a link. Null if there is none. */
export async function openResult(path: string): Promise<FileHandle | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => null)
  if (file === null || (await file.stat()).isFile()) return file
  await file.close()
  return null
}

/** The text of such a file; null if there is none, or nothing in it, or if it is longer than `maxBytes`. */
export async function resultText(path: string, maxBytes: number): Promise<string | null> {
  await using file = await openResult(path)
  if (file === null) return null
  const { size } = await file.stat()
  return size > 0 && size <= maxBytes ? file.readFile('utf8') : null
}

/** Removes what the script left of a plan, so that it is not sealed with the workspace. Outputs are of jobs that seal none, and go with it. */
export async function removeResults(workspace: string): Promise<void> {
  const names: readonly ResultName[] = ['plan', 'project']
  await Promise.all(names.map((name) => rm(resultPath(workspace, name), { recursive: true, force: true })))
}
