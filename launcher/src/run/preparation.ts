import { admit } from './admission.ts'
import { Ahead } from './ahead.ts'
import type { ContainerPlan } from './engine.ts'
import { containerEnvironment } from './env.ts'
import { Fetching, type FetchTool } from './fetching.ts'
import type { ConductorParts, JobInHand } from './job-in-hand.ts'
import { mountsFor } from './mounts.ts'
import { makeMountPoints } from './workspace/mount-points.ts'
import { mountFiles, placeToken } from './workspace/mounted-files.ts'
import { directoryLabel as labelOf, imageOf, planContainer } from './plan.ts'
import { decideState, placeSettings, projectDirectory, workflowText, type StateDecision } from './workspace/project.ts'
import { authorityFile, placeScript } from './script/script-files.ts'
import { asTheSourceWants } from './source-wants.ts'
import { placeSource } from './workspace/source.ts'
import type { PhaseCommands, Tool } from './tool.ts'
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

/** What has been put in place. */
interface Placed {
  readonly owner: Owner
  readonly project: string
  readonly commands: PhaseCommands
  readonly state: StateDecision
}

/**
 * Puts everything in place that a job's container needs, and decides what it is. The image and the tool are fetched
 * meanwhile. Rejects with the ending's Stop, with a LauncherError, or with a
 * failed system call.
 */
export async function prepare(parts: ConductorParts, hand: JobInHand): Promise<Prepared> {
  const fetchTool: FetchTool<Ahead<string | null>> = (job, signal) =>
    new Ahead((progress) => toolDirectory(parts, job, { signal, progress }))
  using fetching = new Fetching(parts, hand, fetchTool)
  const owner = await placeContent(parts, hand)
  const ready = await asTheSourceWants(parts, hand)
  const placed = await placeProject(ready, owner)
  const image = fetching.image(ready)
  await admit(parts, ready)
  await imageTurn(parts, ready, image)
  const directory = await binariesTurn(ready, fetching.tool(ready))
  return await finish(parts, ready, { placed, directory })
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
  if (job.oidcToken !== undefined) await placeToken(directories.workspace, job.oidcToken, owner)
  if (!job.continues) {
    await log.line('Setting up mounted files...')
    await mountFiles(directories.workspace, job.files, owner)
    await log.line('Mounted files are GO')
  }
  return owner
}

async function placeProject(hand: JobInHand, owner: Owner): Promise<Placed> {
  const { job, directories, log } = hand
  await log.line('Configuring file permissions...')
  const project = await projectDirectory(directories, job.projectRoot)
  const commands = await commandsOf(hand, project)
  const state = await placeState(hand, project, owner)
  await log.line('Permissions are GO')
  return { owner, project, commands, state }
}

/** A task brings its own command: of a tool without a workflow it needs none. */
async function commandsOf({ job, tool, directories }: JobInHand, project: string): Promise<PhaseCommands> {
  if (job.phases.every((phase) => phase === 'PERFORMING')) return noCommands
  return tool.commands(await workflowText(directories.source, project), job.tool)
}

const noCommands: PhaseCommands = {
  INITIALIZING: '',
  PLANNING: '',
  APPLYING: '',
  DESTROYING: '',
  changesExitCode: null,
}

async function placeState(
  { job, tool, directories, log }: JobInHand,
  project: string,
  owner: Owner,
): Promise<StateDecision> {
  const authority = job.state?.authority ? authorityFile : null
  const decision = await decideState({
    tool,
    state: job.state,
    authorityFile: authority,
    source: directories.source,
    project,
  })
  if (decision.ownBackend !== null)
    await log.line(`The source configures the backend ${decision.ownBackend}, which keeps the state`)
  if (decision.settings) await placeSettings(project, decision.settings, owner)
  return decision
}

async function imageTurn(parts: ConductorParts, hand: JobInHand, image: Ahead<void>): Promise<void> {
  await hand.log.line(`Pulling Docker image ${imageOf(hand.job, parts.settings)}...`)
  await image.turn(said(hand))
  await hand.log.line('Docker image is GO')
}

const toolTitles = { opentofu: 'OpenTofu', terraform: 'Terraform', ansible: 'Ansible', custom: 'the tool' } as const

async function toolDirectory(
  { binaries }: ConductorParts,
  { job, tool }: JobInHand,
  options: { readonly signal: AbortSignal; readonly progress: (line: string) => void },
): Promise<string | null> {
  return job.tool.version === null || tool.binary === null ? null : binaries.directory(tool, job.tool.version, options)
}

async function binariesTurn(hand: JobInHand, binaries: Ahead<string | null>): Promise<string | null> {
  const { name, version } = hand.job.tool
  if (version === null || hand.tool.binary === null) return binaries.turn(said(hand))
  await hand.log.line(`Downloading ${toolTitles[name]} ${version}...`)
  const directory = await binaries.turn(said(hand))
  await hand.log.line(`${toolTitles[name]} ${version} download is GO`)
  return directory
}

/** Progress is written when there is room for it; nobody waits. */
function said({ log }: JobInHand): (line: string) => void {
  return (line) => void log.line(line).catch(() => {})
}

async function finish(
  { settings }: ConductorParts,
  hand: JobInHand,
  { placed, directory }: { readonly placed: Placed; readonly directory: string | null },
): Promise<Prepared> {
  const { job, directories, tool, word, log } = hand
  const { owner, project, commands, state } = placed
  await placeScript(
    { directories, owner, authority: job.state?.authority ?? null },
    { job, commands, word, binaries: directory !== null, debug: settings.debug },
  )
  await makeMountPoints(directories, mountsFor(job, settings), owner)
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
    directoryLabel,
  })
  return { plan, project, owner, tool }
}
