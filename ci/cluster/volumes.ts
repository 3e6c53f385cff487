import { mkdir, writeFile } from 'node:fs/promises'
import { nodeName, type Layout } from './layout.ts'

/** More claims than this at once wait. */
const count = 30

/**
 * Makes volumes for claims: directories of the node, each used once. Local ones, because the kubelet gives them to a pod's group
 * (`fsGroup`) as it does with a cloud's disk; those of a host path stay root's.
 */
export async function makeVolumes(layout: Layout): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => volume(`volume-${index + 1}`, layout))
  for (const { spec } of items) await mkdir(spec.local.path, { recursive: true, mode: 0o755 })
  await writeFile(layout.file('volumes.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
}

function volume(name: string, layout: Layout) {
  const onlyNode = { key: 'kubernetes.io/hostname', operator: 'In', values: [nodeName] }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      storageClassName: 'standard',
      capacity: { storage: '1Ti' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      local: { path: layout.file(`volumes/${name}`) },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onlyNode] }] } },
    },
  }
}
