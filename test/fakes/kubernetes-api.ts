import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { OwnPod } from '../../launcher/src/kubernetes/own-pod.ts'
import { ThrowawayAuthority } from './certificates.ts'
import { Faults } from './faults.ts'
import { fail } from './replies.ts'

interface Metadata {
  labels: Record<string, string>
  annotations: Record<string, string>
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
}

/**
 * As much of a Kubernetes API server as a pod needs that marks itself: TLS of its own authority, one bearer token, one pod, and merge patches
 * of the pod's metadata as RFC 7386 has them.
 */
export class FakeKubernetesApi {
  readonly authority = new ThrowawayAuthority('cluster')
  readonly faults = new Faults()
  /** `METHOD /path content-type`, of every call that was let in. */
  readonly heard: string[] = []
  readonly pod: { metadata: Metadata } = { metadata: { labels: { app: 'worker' }, annotations: { mine: 'yes' } } }
  /** What is let in. */
  token = 'first token'
  /** What the server's clock says. */
  now = () => Date.now()
  readonly #server: Server

  private constructor() {
    const { privateKey, certificate } = this.authority.issue({ name: 'kubernetes' })
    this.#server = createServer({ key: privateKey, cert: certificate }, (request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  static async start(): Promise<FakeKubernetesApi> {
    const api = new FakeKubernetesApi()
    api.#server.listen(0, '127.0.0.1')
    await once(api.#server, 'listening')
    return api
  }

  /** Writes the files of a service account into a directory, as a kubelet mounts them. */
  async mount(accountDirectory: string): Promise<OwnPod> {
    await mkdir(accountDirectory, { recursive: true })
    await writeFile(join(accountDirectory, 'ca.crt'), this.authority.certificate)
    await writeFile(join(accountDirectory, 'token'), `${this.token}\n`)
    const { port } = this.#server.address() as AddressInfo
    return { namespace: 'ours', name: 'worker-0', endpoint: `https://127.0.0.1:${port}`, accountDirectory }
  }

  get busy(): string | undefined {
    return this.pod.metadata.labels['spacelift-worker.io/busy']
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const { method = '', url = '', headers } = request
    response.setHeader('date', new Date(this.now()).toUTCString())
    if (headers.authorization !== `Bearer ${this.token}`) return status(response, 401, 'Unauthorized')
    this.heard.push(`${method} ${url.replace(/\?.*/, '')} ${headers['content-type'] ?? ''}`)
    const fault = this.faults.next(`${method} ${url}`)
    if (fault && fault.kind !== 'cut-after') return fail(response, fault)
    if (!url.startsWith('/api/v1/namespaces/ours/pods/worker-0')) return status(response, 404, 'pods not found')
    if (method === 'PATCH') merge(this.pod, JSON.parse(body) as object)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ kind: 'Pod', ...this.pod }))
  }
}

/** What a server says to somebody whose Role does not allow it. */
export const forbidden = {
  kind: 'answer',
  status: 403,
  body: JSON.stringify({ kind: 'Status', message: 'pods "worker-0" is forbidden' }),
} as const

function status(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify({ kind: 'Status', message }))
}

/** RFC 7386: objects are merged, null removes, everything else replaces. */
function merge(target: object, patch: object): void {
  const into = target as Record<string, unknown>
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete into[name]
    else if (typeof value === 'object') merge((into[name] ??= {}) as object, value as object)
    else into[name] = value
  }
}
