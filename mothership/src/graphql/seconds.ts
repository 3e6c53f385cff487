/** Milliseconds as GraphQL gives times: whole Unix seconds. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

/** The same of a time that may not be there. */
export function secondsOrNull(ms: number | null): number | null {
  return ms === null ? null : seconds(ms)
}
