import { createHash } from 'node:crypto'

/** A file or directory of the image. Text for a file, null for a directory. */
export interface RecipeEntry {
  readonly path: string
  readonly mode: number
  readonly owner: number
  readonly text: string | null
}

/** The uid and gid of runs, as every runner image has them. */
const runUser = 1983

const directory = (path: string, mode = 0o755, owner = 0): RecipeEntry => ({ path, mode, owner, text: null })
const file = (path: string, text: string): RecipeEntry => ({ path, mode: 0o644, owner: 0, text })

/** What the image has beside busybox and the machine's certificates. */
export const recipe: readonly RecipeEntry[] = [
  ...['bin/', 'sbin/', 'etc/', 'etc/ssl/', 'etc/ssl/certs/', 'usr/', 'usr/bin/', 'usr/sbin/'].map((path) =>
    directory(path),
  ),
  ...['home/', 'mnt/', 'var/', 'dev/', 'proc/', 'sys/'].map((path) => directory(path)),
  directory('root/', 0o700),
  directory('tmp/', 0o1777),
  directory('var/tmp/', 0o1777),
  directory('home/spacelift/', 0o755, runUser),
  directory('mnt/workspace/', 0o755, runUser),
  file(
    'etc/passwd',
    [
      'root:x:0:0:root:/root:/bin/sh',
      `spacelift:x:${runUser}:${runUser}:spacelift:/home/spacelift:/bin/sh`,
      'nobody:x:65534:65534:nobody:/:/bin/false',
      '',
    ].join('\n'),
  ),
  file('etc/group', `root:x:0:\nspacelift:x:${runUser}:\nnogroup:x:65534:\n`),
  file('etc/nsswitch.conf', 'hosts: files dns\n'),
]

/** The image's configuration, as instructions of a Dockerfile. */
export const instructions: readonly string[] = [
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'USER spacelift',
  'WORKDIR /mnt/workspace',
  'CMD ["/bin/sh"]',
]

/** The image's name: another recipe is another tag, the same one is found again. */
export function imageName(): string {
  const hash = createHash('sha256').update(JSON.stringify({ recipe, instructions })).digest('hex')
  return `spacelift-worker/runner:${hash.slice(0, 12)}`
}
