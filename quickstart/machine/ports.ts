import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { QuickstartError } from '../failure.ts'
import { allProcesses } from '../processes/identity.ts'

/** A port that will be listened on, what for, and the option that chooses another. */
export interface PortWish {
  readonly port: number
  readonly purpose: string
  readonly option: string
}

/** Makes sure that ports are free. Rejects with `port-taken`, naming each taken one and its holder where it can be known. */
export async function insistOnPorts(wishes: readonly PortWish[]): Promise<void> {
  const taken: string[] = []
  for (const { port, purpose, option } of wishes) {
    const code = await listenFault(port)
    if (!code) continue
    const holder = code === 'EADDRINUSE' ? holderOf(port) : code
    taken.push(`port ${port} (${purpose}) is taken${holder && ` by ${holder}`}: choose another with ${option}`)
  }
  if (taken.length > 0) throw new QuickstartError('port-taken', `${taken.join('; ')}.`)
}

/** On all addresses: whatever listens on one of them would be in the way. */
async function listenFault(port: number): Promise<string | null> {
  const server = createServer()
  return await new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(null)))
  })
}

/** The program that listens on a TCP port, such as `nginx (process 812)`; empty if it is another user's, which only root sees. */
export function holderOf(port: number): string {
  const inodes = new Set([...listeners('/proc/net/tcp', port), ...listeners('/proc/net/tcp6', port)])
  const holder = allProcesses().find(({ pid }) => holdsSocket(pid, inodes))
  return holder ? `${holder.program} (process ${holder.pid})` : ''
}

const listening = '0A'

/** The inodes of the sockets that listen on a port (proc_net_tcp, section "tcp" of Documentation/networking/proc_net_tcp.rst). */
function listeners(file: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = read(file)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  return rows
    .filter(([, local, , state]) => state === listening && local?.endsWith(`:${wanted}`))
    .map((fields) => fields[9] ?? '')
}

function holdsSocket(pid: number, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`)) ?? []
      return inode !== undefined && inodes.has(inode)
    })
  } catch {
    return false
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
