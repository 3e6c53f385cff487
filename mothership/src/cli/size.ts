const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** A number of bytes as people read it: `3.4 MiB`. */
export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), units.length - 1)
  const value = count / 1024 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`
}
