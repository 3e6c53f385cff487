/** What is told of a row of samples, in the samples' own unit. */
export interface Summary {
  readonly count: number
  readonly median: number
  readonly p90: number
}

/**
 * The value below which the share `share` of the samples lies, between two neighbours by linear interpolation (type 7 of
 * Hyndman and Fan, as in R and NumPy). Throws a RangeError for no samples.
 */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  if (below === undefined || above === undefined) throw new RangeError('a quantile of no samples')
  return below + (above - below) * (place - Math.floor(place))
}

/** The middle of the samples, whatever single ones do. Throws a RangeError for no samples. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5)
}

/** Throws a RangeError for no samples. */
export function summarize(samples: readonly number[]): Summary {
  return { count: samples.length, median: median(samples), p90: quantile(samples, 0.9) }
}

/** How often the floor's median goes into ours. Throws a RangeError for no samples. */
export function ratioOf(ours: readonly number[], floor: readonly number[]): number {
  return median(ours) / median(floor)
}
