/** Values of the chart, as they are written. */
export type Values = Readonly<Record<string, unknown>>

/** Values over others, as Helm merges them. */
export function merged(below: Values, above: Values): Values {
  const isMap = (value: unknown): value is Values =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = Object.entries(above).map(([key, value]) => {
    const under = below[key]
    return [key, isMap(under) && isMap(value) ? merged(under, value) : value]
  })
  return { ...below, ...Object.fromEntries(entries) }
}
