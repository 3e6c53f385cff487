import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { parseAllDocuments } from 'yaml'
import './set-up.ts'

export const root = new URL('../../', import.meta.url).pathname
export const chart = `${root}chart`
/** The mothership's. */
export const mothershipChart = `${root}mothership/chart`

/** Names of the presets in `values/`. */
export const presets = globSync(`${root}values/*.yaml`)
  .map((file) => basename(file, '.yaml'))
  .sort()

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly [key: string]: unknown }
  readonly [key: string]: unknown
}

const execute = promisify(execFile)

/** Runs Helm and answers what it prints. Nothing of the user's configuration has a say. */
export async function helm(version: 'helm3' | 'helm4', words: readonly string[]): Promise<string> {
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent' }
  const { stdout } = await execute(inject('chartTools')[version], words, { env, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

/** Renders a chart, the launcher's unless said, as release `pool` in namespace `workers`, and reads the result. */
export async function render(version: 'helm3' | 'helm4', words: readonly string[], of = chart): Promise<Manifest[]> {
  const text = await helm(version, ['template', 'pool', of, '--namespace', 'workers', ...words])
  return manifestsOf(text)
}

/** Every object of a rendering, in the order of kinds and names, so that two can be compared. */
export function manifestsOf(text: string): Manifest[] {
  const key = (manifest: Manifest) => `${manifest.kind} ${manifest.metadata.name}`
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors[0]) throw document.errors[0]
      return document.toJS() as Manifest | null
    })
    .filter((manifest) => manifest !== null)
    .sort((left, right) => key(left).localeCompare(key(right)))
}
