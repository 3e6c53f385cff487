import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { kubectl } from './kubernetes.ts'

/** Gives objects to the API server, by a file: what is secret in them is in no list of processes. Answers a line for each. */
export async function apply(objects: readonly object[], ...words: readonly string[]): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'objects-'))
  try {
    const file = join(directory, 'objects.yaml')
    await writeFile(file, objects.map((object) => stringify(object)).join('---\n'), { mode: 0o600 })
    return (await kubectl('apply', '--server-side', ...words, '--filename', file)).trim().split('\n')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** A Secret of texts. */
export function secret(name: string, stringData: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData }
}

/** A ConfigMap. */
export function configMap(name: string, data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }
}
