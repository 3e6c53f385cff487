import { kill } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { identityOf, isAlive, type ProcessIdentity } from './identity.ts'

const lookAgainMs = 25

/** Waits until a process has ended. Answers false if it still lives after `limitMs`, or when `hurry` is aborted. */
export async function hasEnded(identity: ProcessIdentity, limitMs: number, hurry?: AbortSignal): Promise<boolean> {
  const until = performance.now() + limitMs
  while (isAlive(identity)) {
    if (performance.now() > until || hurry?.aborted) return false
    await sleep(lookAgainMs)
  }
  return true
}

/** Ends a process by its number: SIGTERM, and SIGKILL after `graceMs`. Nothing to do is success. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  const identity = identityOf(pid)
  if (!identity) return
  if (!signal(pid, 'SIGTERM') || (await hasEnded(identity, graceMs))) return
  signal(pid, 'SIGKILL')
  await hasEnded(identity, graceMs)
}

/** Sends a signal; false if there is nobody to get it. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return kill(pid, name)
  } catch {
    return false
  }
}
