import { connect, createServer, type AddressInfo } from 'node:net'
import { addresses } from '../../ci/cluster/layout.ts'
import type { Engine } from '../images/bases.ts'
import { docker } from './images.ts'

/** The registry's address, as the cluster's pods see it. */
export const registry = `${addresses.node}:${addresses.registryPort}`

/**
 * Puts an image into the cluster's registry, and answers its name there. An engine speaks to a registry without TLS only on
 * this machine's loopback, so a port of it leads there.
 */
export async function pushImage(engine: Engine, image: string, name: string): Promise<string> {
  const passage = createServer((near) => {
    const far = connect(addresses.registryPort, addresses.node)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => passage.listen(0, '127.0.0.1', resolve))
  try {
    const there = `127.0.0.1:${(passage.address() as AddressInfo).port}/${name}`
    await docker(engine, 'tag', image, there)
    await docker(engine, 'push', '--quiet', there)
    await docker(engine, 'rmi', there)
    return `${registry}/${name}`
  } finally {
    await new Promise((resolve) => passage.close(resolve))
  }
}
