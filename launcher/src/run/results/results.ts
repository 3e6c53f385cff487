import { Readable } from 'node:stream'
import type { Phase } from '../../../../protocol/job.ts'
import type { PlanResults, Results } from '../../../../protocol/results.ts'
import type { Clock } from '../../base/clock.ts'
import { within } from '../deadline.ts'
import type { JobInHand } from '../job-in-hand.ts'
import { secretsOf } from '../job-secrets.ts'
import type { RunSettings } from '../run.ts'
import { directoryInside } from '../workspace/files.ts'
import { secretFinder } from './holds-secret.ts'
import { readOutputs } from './outputs.ts'
import { readPlanInputs } from './plan-inputs.ts'
import { PlanReader, summaryText } from './plan-summary.ts'
import { maxResultBytes, openResult, removeResults, resultPath, resultText } from './result-files.ts'
import { uploadTimeoutMs } from './upload-timeout.ts'

const maxOutputsBytes = 16 * 1024 * 1024
const maxPathBytes = 4096

/** The phases that leave something. */
const withResults: readonly Phase[] = ['PLANNING', 'APPLYING', 'DESTROYING']

export interface ResultsParts {
  readonly clock: Clock
  readonly settings: Pick<RunSettings, 'sensitiveOutputs' | 'passed' | 'masked'>
}

type Hand = Pick<JobInHand, 'id' | 'job' | 'control' | 'directories' | 'ending' | 'log' | 'operator'>
type HoldsSecret = ReturnType<typeof secretFinder>

/**
 * Tells the control plane what a job found and made, once its container has ended: what the plan does, the outputs, the inputs of plan
 * policies. All of it is in the workspace, so a launcher that came to the job later finds the same. A run never fails for it: what goes
 * wrong is a line in its log. Before the workspace is sealed, because what the script left is removed here.
 */
export async function deliverResults(parts: ResultsParts, hand: Hand): Promise<void> {
  const { workspace } = hand.directories
  if (!hand.job.phases.some((phase) => withResults.includes(phase))) return
  try {
    if (!hand.ending.signal.aborted) await deliver(parts, hand)
  } catch (error) {
    hand.operator.warn({ err: error }, 'results of the job not delivered')
    await say(hand, 'The plan and the outputs of this run could not be kept; what it did is not affected')
  } finally {
    await removeResults(workspace).catch((error: unknown) => {
      hand.operator.warn({ err: error }, 'results of the job not removed')
    })
  }
}

async function deliver({ clock, settings }: ResultsParts, hand: Hand): Promise<void> {
  const { workspace, source } = hand.directories
  const holdsSecret = secretFinder(secretsOf(hand.job, settings))
  const plan = await planOf(workspace, hand)
  const outputs = await outputsOf(hand, settings.sensitiveOutputs ?? false, holdsSecret)
  const { planInputs, notes } = await planInputsOf({ workspace, source }, holdsSecret)
  for (const note of notes) await say(hand, note)
  if (plan === null && outputs === null && planInputs.length === 0) return
  if (plan) await say(hand, 'Uploading the list of managed resources...')
  if (outputs) await say(hand, 'Uploading the outputs...')
  const results: Results = { plan, outputs, planInputs: [...planInputs] }
  const bytes = Buffer.from(JSON.stringify(results))
  const deadline = { clock, ms: uploadTimeoutMs(hand.job.environment), what: 'the upload of the results' }
  await within(deadline, (signal) => {
    const either = AbortSignal.any([signal, hand.ending.signal])
    return hand.control.upload(hand.id, { what: 'results', open: () => Readable.from([bytes]) }, either)
  })
  if (plan) await say(hand, `Changes of the plan: ${summaryText(plan)}`)
}

async function planOf(workspace: string, hand: Hand): Promise<PlanResults | null> {
  await using file = await openResult(resultPath(workspace, 'plan'))
  if (file === null) return null
  const { size } = await file.stat()
  if (size === 0 || size > maxResultBytes) return null
  const reader = new PlanReader()
  for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) reader.write(chunk)
  if (reader.unread > 0) await say(hand, `The counts of the plan lack ${reader.unread} entries that could not be read`)
  return reader.results
}

async function outputsOf(hand: Hand, worker: boolean, holdsSecret: HoldsSecret): Promise<Results['outputs']> {
  const text = await resultText(resultPath(hand.directories.workspace, 'outputs'), maxOutputsBytes)
  const allowed = { worker, stack: hand.job.sensitiveOutputs ?? false }
  const read = text === null ? null : readOutputs(text, allowed, holdsSecret)
  for (const note of read?.notes ?? []) await say(hand, note)
  return read && [...read.outputs]
}

/** The project's directory is what the script said, as far as it is a directory of the source. */
async function planInputsOf(
  { workspace, source }: Pick<Hand['directories'], 'workspace' | 'source'>,
  holdsSecret: HoldsSecret,
): ReturnType<typeof readPlanInputs> {
  const root = await resultText(resultPath(workspace, 'project'), maxPathBytes)
  const project = root === null ? null : await directoryInside(source, root.trim())
  return project === null ? { planInputs: [], notes: [] } : readPlanInputs(project, holdsSecret)
}

/** The log may be over: then nobody reads it. */
async function say({ log }: Hand, text: string): Promise<void> {
  await log.line(text).catch(() => {})
}
