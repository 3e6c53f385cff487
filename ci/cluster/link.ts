import { machinePath } from '../../quickstart/machine/find-program.ts'
import type { ProcessIdentity } from '../../quickstart/processes/identity.ts'
import { runCommand } from '../tools/command.ts'
import { addresses, nodeName } from './layout.ts'
import { inside } from './room.ts'

/**
 * Links this machine with the node's room by a pair of virtual interfaces, so that the API, services and pods can be called from here. The
 * pair, and with it the routes, ends with the room.
 */
export async function linkRoom(first: ProcessIdentity, signal: AbortSignal): Promise<void> {
  const run = { env: { PATH: machinePath }, signal }
  const ip = (line: string) => runCommand('ip', line.split(' '), run)
  const within = (line: string) => runCommand(...inside(first, ['ip', ...line.split(' ')]), run)
  await ip(`link add ${nodeName} type veth peer name eth0 netns ${first.pid}`)
  await ip(`address add ${addresses.machine}/30 dev ${nodeName}`)
  await ip(`link set ${nodeName} up`)
  await within('link set lo up')
  await within(`address add ${addresses.node}/30 dev eth0`)
  await within('link set eth0 up')
  await within(`route add default via ${addresses.machine}`)
  for (const network of [addresses.podNetwork, addresses.serviceNetwork]) {
    await ip(`route add ${network} via ${addresses.node}`)
  }
}
