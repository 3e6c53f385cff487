import type { EngineInfo } from '../run/engine.ts'
import type { DockerApi } from './docker-api.ts'

/** The part of `GET /info` that matters here. */
interface DaemonInfo {
  readonly Driver?: string
  readonly CgroupVersion?: string
  readonly MemTotal?: number
  readonly NCPU?: number
  readonly SystemTime?: string
}

/** What a daemon says of itself. Rejects with ENGINE_TOO_OLD if it speaks no API that this launcher does. */
export async function engineInfo(
  api: DockerApi,
  call: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<EngineInfo> {
  const version = await api.version(call)
  const info = (await api.json({ ...call, method: 'GET', path: '/info' })) as DaemonInfo
  return {
    version: version.Version ?? '',
    apiVersion: version.ApiVersion ?? '',
    storageDriver: info.Driver ?? '',
    cgroupVersion: info.CgroupVersion ?? '',
    time: Date.parse(info.SystemTime ?? '') || Date.now(),
    memoryBytes: info.MemTotal ?? 0,
    cpus: info.NCPU ?? 0,
  }
}
