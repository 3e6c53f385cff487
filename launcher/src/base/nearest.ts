/** No name is longer; what is compared with one may be of any length, and is from outside. */
const longest = 64

/** The name that differs least from `name`, or null if none is near: at most a third of its letters may differ. Case does not count. */
export function nearest(name: string, names: readonly string[]): string | null {
  if (name.length > longest) return null
  const ranked = names
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((left, right) => left.distance - right.distance)
  const best = ranked[0]
  return best && best.distance <= name.length / 3 ? best.candidate : null
}

/** How many letters must be put in, taken out, changed, or swapped with the next one. Three rows of the usual table are kept. */
function editDistance(left: string, right: string): number {
  let before: readonly number[] = []
  let above = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...left].entries()) {
    const current = [row + 1]
    for (const [column, other] of [...right].entries()) {
      const change = (above[column] ?? 0) + (letter === other ? 0 : 1)
      const swapped = letter === right[column - 1] && left[row - 1] === other
      const swap = swapped ? (before[column - 1] ?? 0) + 1 : change
      current.push(Math.min(change, swap, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    before = above
    above = current
  }
  return above.at(-1) ?? 0
}
