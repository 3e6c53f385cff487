import { createInterface } from 'node:readline'
import { askEngine, callEngine, EngineAnswer, type EngineCall } from './engine-api.ts'

/** Whether the daemon has an image. */
export async function hasImage(socket: string, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await askEngine(socket, { method: 'GET', path: `/images/${image}/json`, signal })
    return true
  } catch (error) {
    if (error instanceof EngineAnswer && error.status === 404) return false
    throw error
  }
}

/** One line of the daemon's progress. */
export interface ProgressLine {
  readonly status?: string
  readonly error?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
}

/**
 * Makes an image by `POST /images/create`, a pull or an import. The daemon answers 200 first and reports a failure as a line of
 * the body: it becomes a rejection.
 */
export async function createImage(socket: string, call: EngineCall, progress: (line: ProgressLine) => void) {
  const body = await callEngine(socket, call)
  for await (const text of createInterface({ input: body })) {
    const line = JSON.parse(text) as ProgressLine
    if (line.error) throw new EngineAnswer(500, line.error)
    progress(line)
  }
  call.signal.throwIfAborted()
}

/**
 * Pulls an image, and gives up with a TimeoutError if nothing of it has come within `firstByteMs`: a machine that cannot
 * reach the registry shall not wait long.
 */
export async function pullImage(socket: string, image: string, options: PullOptions): Promise<void> {
  const patience = new AbortController()
  const timer = setTimeout(
    () => patience.abort(new DOMException(`nothing came within ${options.firstByteMs / 1000} s`, 'TimeoutError')),
    options.firstByteMs,
  )
  const signal = AbortSignal.any([options.signal, patience.signal])
  const path = `/images/create?${new URLSearchParams({ fromImage: image }).toString()}`
  try {
    await createImage(socket, { method: 'POST', path, signal }, ({ status, progressDetail }) => {
      if (!progressDetail?.total) return
      clearTimeout(timer)
      options.note(`${status?.toLowerCase()} ${percent(progressDetail)}`)
    })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

export interface PullOptions {
  readonly firstByteMs: number
  readonly note: (detail: string) => void
  readonly signal: AbortSignal
}

function percent({ current = 0, total = 1 }: NonNullable<ProgressLine['progressDetail']>): string {
  return `${Math.round((100 * current) / total)} %`
}
