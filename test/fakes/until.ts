import { setTimeout as delay } from 'node:timers/promises'

/** Far beyond what a loaded machine needs: reached only by what never comes. */
const boundMs = 20_000

/** Waits until `look` answers something but undefined, null or false, and answers it. */
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + boundMs
  while (performance.now() < end) {
    const seen = await look()
    if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<T, false>>
    await delay(5)
  }
  throw new Error(`never came: ${what}`)
}
