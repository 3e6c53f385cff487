import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { digest, manifestType, tinyImage } from './registry.ts'
import { freePorts } from '../support/free-ports.ts'

/** Docker's own registry (Debian's `docker-registry`), which wants a login, with an image in it. */
export interface PrivateRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  readonly repository: string
}

export const account = { username: 'ada', password: 'se:cret horse' } as const
const passwords = 'ada:$2b$04$ANTusytqfFKspLgyLAoYjOv1N82PEFmvditQz07MaTGU5qbYA8twW\n'
const authorization = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`
const patienceMs = 20_000

export async function startPrivateRegistry(): Promise<PrivateRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-'))
  const [port = 0] = await freePorts(1)
  const host = `127.0.0.1:${port}`
  await writeFile(join(directory, 'htpasswd'), passwords)
  await writeFile(join(directory, 'config.yml'), configuration(directory, host))
  const child = spawn('docker-registry', ['serve', join(directory, 'config.yml')], { stdio: 'ignore' })
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('docker-registry cannot be run: install the package docker-registry', { cause: error })
  })
  failed.catch(() => {})
  await Promise.race([failed, answers(host)])
  const repository = 'team/app'
  await push(host, repository)
  return {
    host,
    repository,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
      await rm(directory, { recursive: true })
    },
  }
}

function configuration(directory: string, host: string): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(directory, 'data') } },
    http: { addr: host },
    auth: { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } },
  })
}

async function answers(host: string): Promise<void> {
  const until = performance.now() + patienceMs
  for (;;) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => null)
    if (answer?.status === 401) return
    if (performance.now() > until) throw new Error(`docker-registry does not answer at ${host}`)
    await delay(50)
  }
}

async function push(host: string, repository: string): Promise<void> {
  const base = `http://${host}/v2/${repository}`
  const { layer, config, manifest } = tinyImage(repository)
  for (const blob of [layer, config]) {
    const { headers } = await put(`${base}/blobs/uploads/`, { method: 'POST' })
    const place = new URL(headers.get('location') ?? '', base)
    place.searchParams.set('digest', digest(blob))
    await put(place.href, { method: 'PUT', body: new Uint8Array(blob) })
  }
  await put(`${base}/manifests/1`, { method: 'PUT', body: new Uint8Array(manifest), type: manifestType })
}

async function put(url: string, { type, ...how }: Omit<RequestInit, 'headers'> & { type?: string }): Promise<Response> {
  const headers = { authorization, ...(type && { 'content-type': type }) }
  const answer = await fetch(url, { ...how, headers })
  if (!answer.ok) throw new Error(`${how.method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer
}
