/** How turns are taken. */
export interface TurnOptions {
  /** Rounds that count. One more comes before them, in which caches are filled. */
  readonly rounds: number
  readonly signal: AbortSignal
  /** Told of each round that is over, the first one as 0. */
  readonly progress: (round: number) => void
}

/**
 * Measures several subjects in turns, A B A B, so that whatever else goes on on the machine meets all of them alike. Answers the samples
 * of each. Rejects with what a subject rejects with, or with the signal's reason.
 */
export async function inTurns<Name extends string, Sample>(
  subjects: Readonly<Record<Name, () => Promise<Sample>>>,
  { rounds, signal, progress }: TurnOptions,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(subjects) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Sample[]>
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      signal.throwIfAborted()
      const sample = await subjects[name]()
      if (round > 0) samples[name].push(sample)
    }
    progress(round)
  }
  return samples
}
