import { askEngine } from './engine-api.ts'

interface Listed {
  readonly Id: string
  readonly Mounts?: readonly { readonly Source?: string }[]
}

const limitMs = 30_000

/** Removes the containers of launchers whose directories lie below `directory`: what one that was killed had in hand. */
export async function removeContainers(socket: string, directory: string): Promise<void> {
  const signal = AbortSignal.timeout(limitMs)
  const filters = JSON.stringify({ label: ['io.spacelift-worker.managed=true'] })
  const path = `/containers/json?${new URLSearchParams({ all: '1', filters }).toString()}`
  const listed = (await askEngine(socket, { method: 'GET', path, signal })) as Listed[]
  const ours = listed.filter(({ Mounts = [] }) => Mounts.some(({ Source }) => Source?.startsWith(`${directory}/`)))
  for (const { Id } of ours) {
    await askEngine(socket, { method: 'DELETE', path: `/containers/${Id}?force=1&v=1`, signal })
  }
}
