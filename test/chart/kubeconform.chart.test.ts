import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { homedir } from 'node:os'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { kubernetesVersions, schemasOf } from '../../ci/chart/schemas.ts'
import { cacheDirectory } from '../../ci/tools/cache.ts'
import { chart, helm, mothershipChart, root } from './helm.ts'

const filesFor = (of: string, ...patterns: string[]) =>
  globSync(patterns, { cwd: root })
    .sort()
    .map((file) => ({ file, of }))
const files = [
  ...filesFor(chart, 'values/*.yaml', 'test/chart/situations/*.yaml'),
  ...filesFor(mothershipChart, 'test/mothership/chart/situations/*.yaml'),
]

/** What kubeconform finds wrong with manifests: one line each. */
async function complaints(manifests: string, folder: string): Promise<string> {
  const location = `${folder}/{{ .ResourceKind }}{{ .KindSuffix }}.json`
  const words = ['-strict', '-schema-location', location, '-output', 'text']
  return new Promise((resolve) => {
    const child = execFile(inject('chartTools').kubeconform, words, (_, out, errors) => resolve(out + errors))
    child.stdin?.end(manifests)
  })
}

describe.each(kubernetesVersions)('Kubernetes $version', (version) => {
  const world = { folder: '' }

  // The description of an API is a download of some ten megabytes, once.
  beforeAll(async () => {
    const { signal } = new AbortController()
    world.folder = await schemasOf(version, { cache: cacheDirectory(process.env, homedir()), env: process.env, signal })
  }, 600_000)

  it.each(files)('takes what $file makes', async ({ file, of }) => {
    // This release has no admission policies yet; the launcher's chart refuses to make one there.
    const old =
      of === chart && version.version.startsWith('v1.29') ? ['--set', 'busyMarks.admissionPolicy.create=false'] : []
    const words = ['--kube-version', version.version, '--values', `${root}${file}`, ...old]
    const manifests = await helm('helm3', ['template', 'pool', of, '--namespace', 'workers', ...words])
    expect(await complaints(manifests, world.folder)).toBe('')
  })

  it('refuses a field that there is not, so that the above says something', async () => {
    const manifest = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIp: None}\n'
    expect(await complaints(manifest, world.folder)).toContain("'clusterIp' not allowed")
  })
})

describe.each([
  { name: 'the chart of the launcher', of: chart },
  { name: 'the chart of the mothership', of: mothershipChart },
])('$name', ({ of }) => {
  it.each(['helm3', 'helm4'] as const)('refuses an older Kubernetes in a sentence, with %s', async (version) => {
    const rendering = helm(version, ['template', 'pool', of, '--kube-version', 'v1.28.9'])
    await expect(rendering).rejects.toThrow(
      /chart requires kubeVersion: >=1\.29\.0-0 which is incompatible with Kubernetes v1\.28\.9/,
    )
  })
})
