import { runCommand } from '../../ci/tools/command.ts'
import { findProgram, machinePath } from '../machine/find-program.ts'
import type { BridgeNetwork } from './address.ts'

const env = { PATH: machinePath }

/**
 * Makes the bridge, and lets its containers out. These rules are ours alone: dockerd's own would go into chains
 * (`DOCKER`, `DOCKER-USER` …) that every dockerd of the machine empties at its start, and so cut off another one's containers.
 */
export async function setUpBridge(network: BridgeNetwork, signal: AbortSignal): Promise<void> {
  const ip = (...words: string[]) => runCommand('ip', words, { env, signal })
  await ip('link', 'add', 'name', network.name, 'type', 'bridge')
  await ip('address', 'add', network.address, 'dev', network.name)
  await ip('link', 'set', network.name, 'up')
  // Without iptables containers reach this machine only, which is enough for stacks that need no network.
  if (!findProgram('iptables')) return
  for (const rule of rules(network)) await runCommand('iptables', rule, { env, signal })
}

/** Removes what `setUpBridge` made, whoever called it and however far it came. */
export async function tearDownBridge(name: string, signal: AbortSignal): Promise<void> {
  if (findProgram('iptables')) {
    for (const [table, chain] of [
      ['filter', 'FORWARD'],
      ['nat', 'POSTROUTING'],
    ] as const) {
      const listed = await runCommand('iptables', ['-w', '5', '-t', table, '-S', chain], { env, signal })
      for (const rule of ownRules(listed, name)) {
        await runCommand('iptables', ['-w', '5', '-t', table, ...rule], { env, signal })
      }
    }
  }
  const links = await runCommand('ip', ['-o', 'link', 'show', 'type', 'bridge'], { env, signal })
  if (links.includes(` ${name}:`)) await runCommand('ip', ['link', 'delete', name], { env, signal })
}

/** Every rule carries a comment with the bridge's name, by which it is found again after a crash. */
function rules({ name, subnet }: BridgeNetwork): string[][] {
  const ours = ['-m', 'comment', '--comment', mark(name)]
  const known = ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED']
  return [
    ['-w', '5', '-I', 'FORWARD', '-i', name, ...ours, '-j', 'ACCEPT'],
    ['-w', '5', '-I', 'FORWARD', '-o', name, ...known, ...ours, '-j', 'ACCEPT'],
    ['-w', '5', '-t', 'nat', '-A', 'POSTROUTING', '-s', subnet, '!', '-o', name, ...ours, '-j', 'MASQUERADE'],
  ]
}

/** The rules of ours out of the output of `iptables -S`, as arguments that delete them. */
export function ownRules(listed: string, name: string): string[][] {
  const lines = listed.split('\n').filter((line) => line.split(/[\s"]+/).includes(mark(name)))
  return lines.map((line) => line.replaceAll('"', '').replace(/^-A/, '-D').split(' '))
}

function mark(name: string): string {
  return `spacelift-worker:${name}`
}
