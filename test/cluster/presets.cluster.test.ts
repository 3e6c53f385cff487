import { globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { helm, kubectl } from './kubernetes.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const presets = globSync('values/*.yaml', { cwd: root })

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
}

/** Whether the cluster knows a kind; those of operators that are not there it does not. */
async function known({ apiVersion, kind }: Manifest): Promise<boolean> {
  const kinds = JSON.parse(
    await kubectl('get', '--raw', apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`).catch(() => '{}'),
  ) as {
    resources?: { kind: string }[]
  }
  return kinds.resources?.some((resource) => resource.kind === kind) ?? false
}

describe('a preset', () => {
  it.each(presets)('%s is taken by the API server, field by field', async (preset) => {
    const words = ['template', 'preset', join(root, 'chart'), '--values', join(root, preset), '--namespace', 'default']
    // The test's pod, a hook, can be made only after the release's objects.
    const text = await helm(4, ...words, '--no-hooks')
    const manifests = parseAllDocuments(text).flatMap((document) => (document.toJSON() as Manifest | null) ?? [])
    const folder = await mkdtemp(join(tmpdir(), 'preset-'))
    try {
      const file = join(folder, basename(preset))
      const taken: Manifest[] = []
      for (const manifest of manifests) if (await known(manifest)) taken.push(manifest)
      await writeFile(file, taken.map((manifest) => stringify(manifest)).join('---\n'))
      const apply = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '--namespace', 'default']
      const answer = await kubectl(...apply, '--filename', file)
      expect(answer.trim().split('\n')).toHaveLength(taken.length)
      const operators = new Set(['ScaledObject', 'PodMonitor', 'PrometheusRule'])
      expect(manifests.filter((one) => !taken.includes(one) && !operators.has(one.kind))).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
