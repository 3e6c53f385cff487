/** A network of our own: a bridge, its address, and the containers' network behind it. */
export interface BridgeNetwork {
  readonly name: string
  /** With prefix length, such as `172.30.7.1/24`. */
  readonly address: string
  readonly subnet: string
}

/** A route of the machine: IPv4 destination and mask as numbers. */
interface Route {
  readonly destination: number
  readonly mask: number
}

/**
 * Picks a network that no route of the machine overlaps: 172.30.N.0/24, beginning at an N that follows from `seed` so
 * that a directory keeps its own. `routes` is the text of `/proc/net/route`. Null if all are taken.
 */
export function chooseNetwork(seed: number, name: string, routes: string): BridgeNetwork | null {
  const taken = parseRoutes(routes)
  for (let step = 0; step < 256; step += 1) {
    const third = (seed + step) % 256
    const network = ((172 << 24) | (30 << 16) | (third << 8)) >>> 0
    const overlaps = taken.some(({ destination, mask }) => (network & mask) >>> 0 === destination)
    if (!overlaps) return { name, address: `172.30.${third}.1/24`, subnet: `172.30.${third}.0/24` }
  }
  return null
}

/** The numbers of `/proc/net/route` are hexadecimal in the machine's byte order, least significant first. */
function parseRoutes(text: string): Route[] {
  const fields = text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
  return fields
    .filter((line) => line.length > 7 && line[7] !== '00000000')
    .map((line) => ({ destination: swapped(line[1] ?? ''), mask: swapped(line[7] ?? '') }))
}

function swapped(hexadecimal: string): number {
  return Buffer.from(hexadecimal.padStart(8, '0'), 'hex').readUInt32LE()
}

/** The interface of the default route, whose MTU containers must not exceed; null without one. */
export function defaultInterface(routes: string): string | null {
  const line = routes.split('\n').find((one) => one.split('\t')[1] === '00000000')
  return line?.split('\t')[0] ?? null
}
