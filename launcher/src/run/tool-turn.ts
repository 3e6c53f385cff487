import { isExactVersion } from '../../../protocol/tool-version.ts'
import type { Ahead } from './ahead.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import type { Owner } from './workspace/directories.ts'
import { placeFile, placeProblem, textInside } from './workspace/files.ts'

/** A tool that is to be mounted into a job's container. */
export interface FetchedTool {
  /** In full, whatever constraint the stack names. */
  readonly version: Ahead<string>
  /** Of its executable. */
  readonly directory: Ahead<string>
}

/** Where a job says which version it took, so that the job that goes on with its plan takes the same: relative to the workspace. */
const versionFile = '.spacelift-tool-version'

const titles = { opentofu: 'OpenTofu', terraform: 'Terraform', ansible: 'Ansible', custom: 'the tool' } as const

interface Options {
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/** Whether a job's tool is fetched; otherwise it is the image's. */
export function isFetched({ job, tool }: Pick<JobInHand, 'job' | 'tool'>): boolean {
  return job.tool.version !== null && tool.binary !== null
}

/** The version that a job's constraint means. `placed`: its workspace is there, which may say what the job before it took. */
export async function toolVersion(
  { binaries }: ConductorParts,
  { job, tool, directories }: JobInHand,
  { placed, ...options }: Options & { readonly placed: Promise<unknown> },
): Promise<string> {
  const wanted = job.tool.version ?? ''
  if (isExactVersion(wanted) || binaries.resolve === undefined) return wanted
  if (job.continues) {
    await placed
    const taken = (await textInside(directories.workspace, versionFile, 100))?.trim() ?? ''
    if (isExactVersion(taken)) return taken
  }
  return await binaries.resolve(tool, wanted, options)
}

/** Tells of a tool in the log, and answers the directory of its executable. */
export async function toolTurn(hand: JobInHand, fetched: FetchedTool, owner: Owner): Promise<string> {
  const { job, log, directories } = hand
  const say = (line: string) => void log.line(line).catch(() => {})
  const version = await fetched.version.turn(say)
  const title = titles[job.tool.name]
  await log.line(`Downloading ${title} ${version}...`)
  const directory = await fetched.directory.turn(say)
  await log.line(`${title} ${version} download is GO`)
  if (job.pause && version !== job.tool.version) await noteVersion(directories.workspace, version, owner)
  return directory
}

async function noteVersion(workspace: string, version: string, owner: Owner): Promise<void> {
  if ((await placeProblem(workspace, versionFile)) !== null) return
  await placeFile(workspace, { path: versionFile, bytes: Buffer.from(`${version}\n`), mode: 0o644 }, owner)
}
