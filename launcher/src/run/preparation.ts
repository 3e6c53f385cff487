import { admit } from './admission.ts'
import { Ahead } from './ahead.ts'
import type { ContainerPlan } from './engine.ts'
import { containerEnvironment } from './env.ts'
import { Fetching, type FetchTool } from './fetching.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { mountsFor } from './mounts.ts'
import { coverVolumes, makeMountPoints } from './workspace/mount-points.ts'
import { mountFiles, placeToken, tokenToPlace } from './workspace/mounted-files.ts'
import { directoryLabel as labelOf, imageOf, planContainer } from './plan.ts'
import { placeProject, type Placed } from './placed.ts'
import { placeScript } from './script/script-files.ts'
import { asTheSourceWants } from './source-wants.ts'
import { placeSource } from './workspace/source.ts'
import type { Tool } from './tool.ts'
import { isFetched, toolTurn, toolVersion, type FetchedTool } from './tool-turn.ts'
import { createDirectories, type Owner } from './workspace/directories.ts'

/** A job that has everything it needs to start. */
export interface Prepared {
  readonly plan: ContainerPlan
  /** The project's directory on the worker. */
  readonly project: string
  readonly owner: Owner
  /** What runs the phases, as the source may have wanted. */
  readonly tool: Tool
}

/**
 * Puts everything in place that a job's container needs, and decides what it is. The image and the tool are fetched
 * meanwhile. Rejects with the ending's Stop, with a LauncherError, or with a
 * failed system call.
 */
export async function prepare(parts: ConductorParts, hand: JobInHand): Promise<Prepared> {
  const placing = placeContent(parts, hand)
  const fetchTool: FetchTool<FetchedTool | null> = (job, signal) =>
    isFetched(job) ? fetchAhead(parts, job, { signal, placing }) : null
  using fetching = new Fetching(parts, hand, fetchTool)
  const owner = await placing
  const ready = await asTheSourceWants(parts, hand)
  const placed = await placeProject(ready, owner)
  const image = fetching.image(ready)
  await admit(parts, ready)
  const volumes = await imageTurn(parts, ready, image)
  const tool = fetching.tool(ready)
  const directory = tool && (await toolTurn(ready, tool, placed.owner))
  return await finish(parts, ready, { placed, directory, volumes })
}

function fetchAhead(
  parts: ConductorParts,
  hand: JobInHand,
  { signal, placing }: { readonly signal: AbortSignal; readonly placing: Promise<unknown> },
): FetchedTool {
  const version = Promise.withResolvers<string>()
  const resolved = new Ahead((progress) => {
    version.resolve(toolVersion(parts, hand, { signal, progress, placed: placing }))
    return version.promise
  })
  const directory = new Ahead(async (progress) =>
    parts.binaries.directory(hand.tool, await version.promise, { signal, progress }),
  )
  return { version: resolved, directory }
}

async function placeContent(parts: ConductorParts, hand: JobInHand): Promise<Owner> {
  const { job, directories, log } = hand
  await hand.journal.note({ kind: 'workspace', run: job.run })
  const owner = await createDirectories(directories)
  const [doing, done] = job.continues
    ? ['Downloading workspace...', 'Workspace is GO']
    : ['Downloading source code...', 'Source code is GO']
  await log.line(doing)
  const { control, ending } = hand
  await placeSource({
    job,
    directories,
    owner,
    control,
    privateKey: parts.keys.privateKey,
    clock: parts.clock,
    authorities: parts.settings.authorities,
    git: {
      endpoints: parts.settings.vcsEndpoints ?? new Map(),
      keepRepository: job.stack.labels.includes('feature:enable_git_checkout'),
    },
    signal: ending.signal,
  })
  await log.line(done)
  const token = tokenToPlace(job)
  if (token !== null) await placeToken(directories.workspace, token, owner)
  if (!job.continues) {
    await log.line('Setting up mounted files...')
    await mountFiles(directories.workspace, job.files, owner)
    await log.line('Mounted files are GO')
  }
  return owner
}

async function imageTurn(
  parts: ConductorParts,
  hand: JobInHand,
  image: Ahead<readonly string[]>,
): Promise<readonly string[]> {
  await hand.log.line(`Pulling Docker image ${imageOf(hand.job, parts.settings)}...`)
  const volumes = await image.turn(said(hand))
  await hand.log.line('Docker image is GO')
  return volumes
}

/** Progress is written when there is room for it; nobody waits. */
function said({ log }: JobInHand): (line: string) => void {
  return (line) => void log.line(line).catch(() => {})
}

interface Fetched {
  readonly placed: Placed
  readonly directory: string | null
  /** Of the image. */
  readonly volumes: readonly string[]
}

async function finish(
  { settings }: ConductorParts,
  hand: JobInHand,
  { placed, directory, volumes }: Fetched,
): Promise<Prepared> {
  const { job, directories, tool, word, log } = hand
  const { owner, project, commands, state } = placed
  await placeScript(
    { directories, owner, authority: job.state?.authority ?? null },
    { job, commands, word, binaries: directory !== null, debug: settings.debug },
  )
  await makeMountPoints(directories, mountsFor(job, settings), owner)
  const covered = await coverVolumes(directories.workspace, volumes, owner)
  const environment = containerEnvironment({ job, tool, passed: settings.passed, state: state.settings })
  for (const remark of environment.remarks) await log.line(remark)
  const directoryLabel = labelOf(settings.directory)
  const plan = planContainer({
    job,
    directories,
    owner,
    environment: environment.entries,
    binaries: directory,
    settings,
    covered,
    directoryLabel,
  })
  return { plan, project, owner, tool }
}
