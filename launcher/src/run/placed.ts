import type { JobInHand } from './job-in-hand.ts'
import { authorityFile } from './script/script-files.ts'
import type { PhaseCommands } from './tool.ts'
import type { Owner } from './workspace/directories.ts'
import { decideState, placeSettings, projectDirectory, workflowText, type StateDecision } from './workspace/project.ts'

/** What has been put in place. */
export interface Placed {
  readonly owner: Owner
  readonly project: string
  readonly commands: PhaseCommands
  readonly state: StateDecision
}

/** Finds a job's project in its source, and puts there what the tool needs. */
export async function placeProject(hand: JobInHand, owner: Owner): Promise<Placed> {
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
