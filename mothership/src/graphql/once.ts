/** A function that runs at most once and then answers the same. Several fields of one object often need the same rows. */
export function once<T>(make: () => T): () => T {
  const made: T[] = []
  return () => {
    if (made.length === 0) made.push(make())
    return made[0] as T
  }
}
