/** The pod that this launcher runs in, and how its API server is reached. */
export interface OwnPod {
  readonly namespace: string
  readonly name: string
  /** `https://host:port`. */
  readonly endpoint: string
  /** Holds `token` and `ca.crt`, which a kubelet keeps fresh. */
  readonly accountDirectory: string
}

/** Where a pod's service account is, if it has one (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/). */
const accountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Where this launcher is, by what it was told and by the variables that every pod has. Null: not told, or in no pod. */
export function ownPod(
  { podName, podNamespace }: { readonly podName: string | null; readonly podNamespace: string | null },
  env: Readonly<Record<string, string | undefined>>,
): OwnPod | null {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = env
  if (podName === null || podNamespace === null || host === '') return null
  const authority = host.includes(':') ? `[${host}]` : host
  return { namespace: podNamespace, name: podName, endpoint: `https://${authority}:${port}`, accountDirectory }
}
