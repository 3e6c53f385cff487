const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** How long ago a Unix time in seconds was, roughly: `3h ago`. `now` in milliseconds. */
export function ago(seconds: number, now: number): string {
  const past = Math.floor(now / 1000) - seconds
  const [unit, length] = units.find(([, length]) => past >= length) ?? units[3]
  return past < 1 ? 'now' : `${Math.floor(past / length)}${unit} ago`
}

/** A Unix time in seconds as a date, in UTC. */
export function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
