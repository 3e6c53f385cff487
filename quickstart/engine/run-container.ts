import { text } from 'node:stream/consumers'
import { askEngine, callEngine } from './engine-api.ts'

/** A short-lived container: a shell script and what it sees. */
export interface ContainerRun {
  readonly image: string
  readonly script: string
  /** Docker's bind notation, `source:target:ro`. */
  readonly binds: readonly string[]
  readonly signal: AbortSignal
}

/** Runs a script in a container of its own to its end, and answers its exit code and output. Nothing of it stays. */
export async function runContainer(socket: string, run: ContainerRun): Promise<{ code: number; output: string }> {
  const { signal } = run
  const body = {
    Image: run.image,
    Entrypoint: ['sh', '-c'],
    Cmd: [run.script],
    // A terminal's output comes as it is, where two streams would come in frames.
    Tty: true,
    HostConfig: { Binds: run.binds, ExtraHosts: ['host.docker.internal:host-gateway'] },
  }
  const created = (await askEngine(socket, { method: 'POST', path: '/containers/create', body, signal })) as {
    Id: string
  }
  const container = `/containers/${created.Id}`
  try {
    await askEngine(socket, { method: 'POST', path: `${container}/start`, signal })
    const waited = await askEngine(socket, { method: 'POST', path: `${container}/wait`, signal })
    const logs = await callEngine(socket, { method: 'GET', path: `${container}/logs?stdout=1&stderr=1`, signal })
    return { code: (waited as { StatusCode: number }).StatusCode, output: await text(logs) }
  } finally {
    const gone = AbortSignal.timeout(30_000)
    await askEngine(socket, { method: 'DELETE', path: `${container}?force=1&v=1`, signal: gone })
  }
}
