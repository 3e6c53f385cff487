import { createHash } from 'node:crypto'
import { access, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runGo } from '../tools/go.ts'
import { patiently, type Say } from '../tools/patience.ts'

/** A Go program of ours, in the folder of its name. */
export interface Program {
  readonly name: 'kubernetes' | 'dns' | 'runc'
  readonly title: string
  readonly linkerFlags: string
}

const kubernetesVersion = 'v1.34.4'
const versionPackage = 'k8s.io/component-base/version'

/** What a cluster is made of, and which Debian has not. */
export const programs = {
  kubernetes: {
    name: 'kubernetes',
    title: `Kubernetes ${kubernetesVersion}`,
    // Without them it says that it is v0.0.0, and charts refuse it.
    linkerFlags: `-X ${versionPackage}.gitVersion=${kubernetesVersion} -X ${versionPackage}.gitMajor=1 -X ${versionPackage}.gitMinor=34`,
  },
  dns: { name: 'dns', title: 'CoreDNS', linkerFlags: '' },
  runc: { name: 'runc', title: 'the runc of sandboxes', linkerFlags: '' },
} as const satisfies Record<string, Program>

/** Where a program is kept, with what it is built, and whom to tell. */
export interface Building {
  readonly cache: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: Say
  readonly signal: AbortSignal
}

/** The executable of a program: the cached one of the same sources, or a new one. Every module is pinned by `go.sum`. */
export async function ensureProgram(program: Program, { cache, env, say, signal }: Building): Promise<string> {
  const source = fileURLToPath(new URL(program.name, import.meta.url))
  const target = join(cache, 'cluster', 'bin', `${program.name}-${await fingerprint(source, program.linkerFlags)}`)
  if (await exists(target)) return target
  await mkdir(join(cache, 'cluster', 'bin'), { recursive: true })
  const work = await mkdtemp(join(cache, 'cluster', '.build-'))
  try {
    await cp(source, work, { recursive: true })
    const fresh = join(work, 'program')
    const words = ['build', '-trimpath', '-ldflags', `-s -w ${program.linkerFlags}`, '-o', fresh, '.']
    const go = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off', GOTMPDIR: work }
    await patiently(say, `Building ${program.title} with Go, once (some minutes)`, (note) =>
      runGo(words, { cwd: work, env: { ...env, ...go }, cache, signal, note }),
    )
    await rename(fresh, target)
    return target
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function fingerprint(source: string, flags: string): Promise<string> {
  const hash = createHash('sha256').update(flags)
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(source, name)))
  return hash.digest('hex').slice(0, 12)
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
