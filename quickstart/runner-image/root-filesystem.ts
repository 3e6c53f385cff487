import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { Header } from 'tar'
import { runCommand } from '../../ci/tools/command.ts'
import { recipe } from './recipe.ts'

/** Where Debian and most others keep the certificates that they trust. */
const certificates = '/etc/ssl/certs/ca-certificates.crt'

/** The image's root file system as a tar: the recipe, busybox under all of its names, and the machine's certificates. */
export async function rootFilesystem(busybox: string, signal: AbortSignal): Promise<Readable> {
  const names = (await runCommand(busybox, ['--list-full'], { env: {}, signal })).trim().split('\n')
  const trusted = await readFile(certificates).catch(() => null)
  const entries = [
    ...recipe.map((one) => entry({ ...one, body: one.text === null ? null : Buffer.from(one.text) })),
    entry({ path: 'bin/busybox', mode: 0o755, owner: 0, body: await readFile(busybox) }),
    ...names.filter((name) => name !== 'bin/busybox').map(applet),
    ...(trusted ? [entry({ path: certificates.slice(1), mode: 0o644, owner: 0, body: trusted })] : []),
  ]
  return Readable.from([...entries, Buffer.alloc(1024)])
}

interface Entry {
  readonly path: string
  readonly mode: number
  readonly owner: number
  /** Null: a directory. */
  readonly body: Buffer | null
}

/** One entry of a tar: header, and body in full blocks. The time is fixed, so that the same files are the same layer. */
function entry({ path, mode, owner, body }: Entry): Buffer {
  const size = body?.length ?? 0
  const type = body ? 'File' : 'Directory'
  const block = header({ path, mode, uid: owner, gid: owner, size, type })
  const padding = Buffer.alloc((512 - (size % 512)) % 512)
  return Buffer.concat([block, body ?? Buffer.alloc(0), padding])
}

function applet(path: string): Buffer {
  return header({ path, mode: 0o777, uid: 0, gid: 0, size: 0, type: 'SymbolicLink', linkpath: '/bin/busybox' })
}

function header(fields: ConstructorParameters<typeof Header>[0]): Buffer {
  const block = Buffer.alloc(512)
  new Header({ ...(fields as object), mtime: new Date(0) }).encode(block, 0)
  return block
}
