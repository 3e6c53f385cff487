import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { decodeJson } from '../../../protocol/decoded.ts'
import type { Stored } from '../../../protocol/report.ts'
import { checkResults, maxResultsBytes } from '../../../protocol/results.ts'
import type { Caller } from '../api/services.ts'
import { Refusal } from '../base/errors.ts'
import { jobInHand } from './own-job.ts'
import type { JobParts } from './parts.ts'

/** Takes in what a job found and made. The mothership believes no launcher that a stack allows more than it does. */
export async function storeResults(
  { store, results }: Pick<JobParts, 'store' | 'results'>,
  { caller, job: id }: { readonly caller: Caller; readonly job: string },
  content: Readable,
): Promise<Stored> {
  const bytes = await gather(content)
  const read = decodeJson('results', bytes.toString('utf8'), checkResults)
  if (!read.ok) throw new Refusal('bad-request', read.fault.message)
  await store.transaction(async (tables) => {
    const job = await jobInHand(tables, caller, id)
    const run = await tables.runs.get(job.run)
    if (run === null) throw new Error(`job ${id} without its run`)
    if (job.claim === null) throw new Refusal('bad-request', `results of job ${id} before the start was granted`)
    const changes = job.phases.includes('APPLYING') || job.phases.includes('DESTROYING')
    const sensitive = (await tables.runs.snapshot(run.id))?.sensitiveOutputs ?? true
    await results.keep(tables, { run: run.id, stack: run.stack, changes, sensitive }, read.value)
  })
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

async function gather(content: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of content as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxResultsBytes) throw new Refusal('too-large', `results: expected at most ${maxResultsBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
