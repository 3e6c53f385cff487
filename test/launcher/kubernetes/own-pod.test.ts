import { describe, expect, it } from 'vitest'
import { ownPod } from '../../../launcher/src/kubernetes/own-pod.ts'

const told = { podName: 'worker-0', podNamespace: 'ours' }
const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' }

describe('ownPod', () => {
  it('is what the launcher was told, at the address that every pod has', () => {
    expect(ownPod(told, env)).toEqual({
      namespace: 'ours',
      name: 'worker-0',
      endpoint: 'https://10.0.0.1:6443',
      accountDirectory: '/var/run/secrets/kubernetes.io/serviceaccount',
    })
    expect(ownPod(told, { KUBERNETES_SERVICE_HOST: 'fd00::1' })?.endpoint).toBe('https://[fd00::1]:443')
  })

  it('is nothing outside of a pod, or when name or namespace is missing', () => {
    expect(ownPod(told, {})).toBeNull()
    expect(ownPod({ ...told, podName: null }, env)).toBeNull()
    expect(ownPod({ ...told, podNamespace: null }, env)).toBeNull()
  })
})
