import { readFile, writeFile } from 'node:fs/promises'
import { layoutOf } from '../../ci/cluster/layout.ts'
import { roomOf } from '../../ci/cluster/room.ts'
import type { Brought } from './setup.ts'

/** A cluster without what ends it, as it is written down. */
type Written = Omit<Brought, 'end'>

/** The cluster in a directory if it was kept and is up, else null. */
export async function keptCluster(directory: string): Promise<Brought | null> {
  const layout = layoutOf(directory)
  const text = (await roomOf(layout)) && (await readFile(layout.file('kept.json'), 'utf8').catch(() => null))
  return text ? { ...(JSON.parse(text) as Written), end: () => Promise.resolve() } : null
}

/** Keeps a cluster for the next time. */
export async function keepCluster(directory: string, brought: Brought): Promise<Brought> {
  await writeFile(layoutOf(directory).file('kept.json'), JSON.stringify(brought))
  return { ...brought, end: () => Promise.resolve() }
}
