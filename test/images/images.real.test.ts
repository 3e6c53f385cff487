import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { list, type ReadEntry } from 'tar'
import { beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../../ci/tools/command.ts'
import { programs, type ProgramName } from '../../ci/images/files.ts'
import pkg from '../../package.json' with { type: 'json' }
import { makeBases, type Bases } from './bases.ts'
import { buildOurs } from './images.ts'
import { docker, engine, limitMs, run } from './run.ts'

const ours = 1983

/** What is in an image's file system. */
interface Found {
  readonly path: string
  readonly mode: number
  readonly owner: number
  readonly type: string
}

async function filesOf(image: string): Promise<Found[]> {
  await using folder = await temporary()
  const archive = join(folder.path, 'files.tar')
  const container = (await docker('create', image)).trim()
  await docker('export', '--output', archive, container)
  await docker('rm', container)
  const found: Found[] = []
  const onReadEntry = ({ path, mode = 0, uid = 0, type }: ReadEntry) =>
    void found.push({ path, mode, owner: uid, type })
  await list({ file: archive, onReadEntry })
  return found
}

async function temporary(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'images-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** The digests of an image's layers, oldest first. */
async function layersOf(image: string): Promise<string[]> {
  return JSON.parse(await docker('image', 'inspect', '--format', '{{json .RootFS.Layers}}', image)) as string[]
}

/** What each layer takes in a registry, in bytes, oldest first. */
async function compressed(image: string): Promise<number[]> {
  await using folder = await temporary()
  await docker('save', '--output', join(folder.path, 'image.tar'), image)
  await runCommand('tar', ['-xf', 'image.tar'], {
    cwd: folder.path,
    env: process.env,
    signal: AbortSignal.timeout(limitMs),
  })
  const [image0] = JSON.parse(await readFile(join(folder.path, 'manifest.json'), 'utf8')) as [{ Layers: string[] }]
  return await Promise.all(image0.Layers.map((layer) => gzipped(join(folder.path, layer))))
}

async function gzipped(file: string): Promise<number> {
  let bytes = 0
  await pipeline(createReadStream(file), createGzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) bytes += chunk.length
  })
  return bytes
}

describe('the images', () => {
  const images: Record<ProgramName, string> = { launcher: '', mothership: '' }
  let bases: Bases

  beforeAll(async () => {
    bases = await makeBases(engine())
    for (const program of programs) images[program] = await buildOurs(engine(), { program, bases })
  }, limitMs)

  it.each(programs)('run the %s as a user of its own with nothing to write to', async (program) => {
    expect(await run(images[program], `spacelift-${program}`, '--version')).toBe(`${pkg.version}\n`)
    expect(await run(images[program], 'id', '-u')).toBe(`${ours}\n`)
  })

  it('have what the launcher calls', async () => {
    expect(await run(images.launcher, 'git', '--version')).toMatch(/^git version 2/)
    expect(await run(images.launcher, 'opa', 'version')).toMatch(/^Version: 1/)
    expect(await run(images.launcher, 'sh', '-c', 'ssh -V 2>&1')).toMatch(/^OpenSSH/)
    expect(await run(images.launcher, 'sh', '-c', 'ls /etc/ssl/certs/ca-certificates.crt')).not.toBe('')
  })

  it.each(programs)('have every library that a program of the %s needs', async (program) => {
    const script = `find / -xdev -type f \\( -perm -100 -o -name '*.so*' \\) | while read -r file; do
      ldd "$file" 2>/dev/null | grep 'not found' | sed "s|^|$file:|"; done`
    expect(await run(images[program], 'sh', '-c', script)).toBe('')
  })

  it.each(programs)('let nobody become somebody else in the %s, and write only where it is meant', async (program) => {
    const files = await filesOf(images[program])
    const directory = program === 'launcher' ? 'opt/spacelift/' : 'var/lib/spacelift-mothership/'
    const real = files.filter(({ path, type }) => type !== 'SymbolicLink' && !path.startsWith('dev/'))
    expect(real.filter(({ mode, type }) => type === 'File' && mode & 0o6000).map(({ path }) => path)).toEqual([])
    const writable = real.filter(({ mode, owner }) => mode & 0o002 || owner === ours)
    expect(writable.map(({ path }) => path).toSorted()).toEqual([directory, 'tmp/'].toSorted())
  })

  it.each(programs)('leave nothing of a package manager or a build in the %s, and no key', async (program) => {
    const paths = (await filesOf(images[program])).filter(({ type }) => type === 'File').map(({ path }) => path)
    const leftovers = /^(var\/(cache|log)\/|var\/lib\/apt\/lists\/|tmp\/|root\/|work\/)|node_modules|\.npm|package-lock/
    expect(paths.filter((path) => leftovers.test(path) && !/^root\/\.(bashrc|profile)$/.test(path))).toEqual([])
    const key = String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=]{40}`
    const search = `grep -rlPz -- '${key}' /etc /opt /root /home /var /usr/local/lib 2>/dev/null || true`
    expect(await docker('run', '--rm', '--user', '0', '--entrypoint', 'sh', images[program], '-c', search)).toBe('')
  })

  it.each(programs)('say what is in the bundle of the %s', async (program) => {
    const bill = JSON.parse(await run(images[program], 'cat', `/usr/share/sbom/spacelift-${program}.cdx.json`)) as {
      bomFormat: string
      components: { purl: string }[]
    }
    const names = bill.components.map(({ purl }) => purl)
    expect(bill.bomFormat).toBe('CycloneDX')
    expect(names).toContainEqual(
      expect.stringMatching(program === 'launcher' ? /^pkg:npm\/mqtt@5/ : /^pkg:npm\/aedes@1/),
    )
    expect(names.join()).not.toMatch(/esbuild|vitest/)
  })

  it(
    'are built twice with the same layer of ours',
    async () => {
      const again = await buildOurs(engine(), { program: 'launcher', bases, fresh: true })
      expect((await layersOf(again)).at(-1)).toBe((await layersOf(images.launcher)).at(-1))
    },
    limitMs,
  )

  it('take little in a registry', async () => {
    for (const program of programs) {
      const layers = await compressed(images[program])
      // Ours is the last, opa the one before.
      const without = layers.filter((_, index) => program !== 'launcher' || index !== layers.length - 2)
      const megabytes = without.reduce((sum, bytes) => sum + bytes, 0) / 1e6
      process.stdout.write(
        `${program}: ${megabytes.toFixed(1)} MB compressed${program === 'launcher' ? ' without opa' : ''}\n`,
      )
      expect(megabytes).toBeLessThanOrEqual(80)
    }
  })
})
