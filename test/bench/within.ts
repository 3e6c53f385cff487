/** Waits for something, but not for ever: rejects with what did not come, or with the signal's reason. */
export async function within<T>(
  { what, ms, signal }: { readonly what: string; readonly ms: number; readonly signal: AbortSignal },
  work: Promise<T>,
): Promise<T> {
  const ended = Promise.withResolvers<never>()
  const timer = setTimeout(() => ended.reject(new Error(`${what}: not within ${ms / 1000} s`)), ms)
  const abort = () => ended.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([work, ended.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
