const mebibyte = 2 ** 20

/**
 * How much of an engine's memory the container of a job may use, so that it never takes the daemon with it. A tenth is kept back, as the page
 * cache and the daemon's bookkeeping grow with what runs do; at least the 192 MiB that dockerd and containerd were seen to need beside a busy
 * container, at most 1 GiB; and never more than half. Pure.
 */
export function memoryShare(engineBytes: number): number {
  const kept = Math.min(Math.max(engineBytes / 10, 192 * mebibyte), 1024 * mebibyte, engineBytes / 2)
  return Math.floor((engineBytes - kept) / mebibyte) * mebibyte
}
