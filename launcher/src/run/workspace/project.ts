import { readdir, realpath } from 'node:fs/promises'
import { posix, relative } from 'node:path'
import type { JobState } from '../../../../protocol/job.ts'
import { LauncherError } from '../../base/errors.ts'
import { directoryInside, placeFile, placeProblem, textInside } from './files.ts'
import type { StateSettings, Tool } from '../tool.ts'
import type { JobDirectories, Owner } from './directories.ts'

/** Configuration files are written by people. */
const maxConfigurationBytes = 4 * 1024 * 1024
const configuration = /\.(tf|tofu)(\.json)?$/

/**
 * The real directory that a job's phases run in. Rejects with SOURCE_REFUSED if the source has none of that name, or
 * only behind a link that leads out of it.
 */
export async function projectDirectory(directories: JobDirectories, projectRoot: string): Promise<string> {
  const plain = posix.normalize(projectRoot)
  const directory =
    plain.startsWith('/') || plain.split('/').includes('..')
      ? null
      : await directoryInside(directories.source, projectRoot)
  if (directory !== null) return directory
  throw new LauncherError(
    'SOURCE_REFUSED',
    `The source has no directory ${JSON.stringify(projectRoot)}, which is the project root.`,
  )
}

/** The text of `.spacelift/workflow.yml`, of the project or else of the whole source. */
export async function workflowText(source: string, project: string): Promise<string | null> {
  const path = '.spacelift/workflow.yml'
  const root = await realpath(source)
  const own = await textInside(source, relative(root, `${project}/${path}`), maxConfigurationBytes)
  return own ?? (await textInside(source, path, maxConfigurationBytes))
}

/** Where a run's state is kept. */
export interface StateDecision {
  /** Null: not at the mothership. */
  readonly settings: StateSettings | null
  /** The backend that the source brings, if that is why. */
  readonly ownBackend: string | null
}

export interface StateParts {
  readonly tool: Tool
  readonly state: JobState | null
  /** Where the container finds the authority's certificate, or null. */
  readonly authorityFile: string | null
  readonly source: string
  readonly project: string
}

/**
 * Decides where the state is kept: at the mothership, unless the project brings a backend of its own and nobody
 * insists.
 */
export async function decideState({ tool, state, authorityFile, source, project }: StateParts): Promise<StateDecision> {
  const settings = state === null ? null : tool.state(state, authorityFile)
  if (state === null || settings === null) return { settings: null, ownBackend: null }
  // A job that continues another one finds the files that were put there then.
  const ours = new Set(settings.files.map((file) => file.path))
  const texts = await configurationTexts(source, project)
  const ownBackend = state.insist ? null : tool.ownBackend(new Map([...texts].filter(([name]) => !ours.has(name))))
  return ownBackend === null ? { settings, ownBackend } : { settings: null, ownBackend }
}

async function configurationTexts(source: string, project: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  const root = await realpath(source)
  for (const name of (await readdir(project)).toSorted()) {
    if (!configuration.test(name)) continue
    const text = await textInside(source, relative(root, `${project}/${name}`), maxConfigurationBytes)
    if (text !== null) texts.set(name, text)
  }
  return texts
}

/** Puts a tool's settings into the project. Rejects with FILE_REFUSED if something of the source is in the way. */
export async function placeSettings(project: string, settings: StateSettings, owner: Owner): Promise<void> {
  for (const { path, text } of settings.files) {
    const problem = await placeProblem(project, path)
    if (problem !== null)
      throw new LauncherError('FILE_REFUSED', `The state's settings cannot be put at ${path}: ${problem}.`)
    await placeFile(project, { path, bytes: Buffer.from(text), mode: 0o600 }, owner)
  }
}
