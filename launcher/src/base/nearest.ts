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
  const [letters, others] = [Array.from(left), Array.from(right)]
  let before: readonly number[] = []
  let above = Array.from({ length: others.length + 1 }, (_, index) => index)
  for (const [row, letter] of letters.entries()) {
    const current = [row + 1]
    for (const [column, other] of others.entries()) {
      const swapped = letter === others[column - 1] && letters[row - 1] === other
      const ways = [
        at(above, column) + (letter === other ? 0 : 1),
        at(above, column + 1) + 1,
        at(current, column) + 1,
        ...(swapped ? [at(before, column - 1) + 1] : []),
      ]
      current.push(Math.min(...ways))
    }
    before = above
    above = current
  }
  return at(above, others.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0
}
