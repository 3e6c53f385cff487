/** A path below some root, with forward slashes and without `.`; empty for the root itself; null if it leaves the root or is no path. */
export function relativePath(text: string): string | null {
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.')
  const leaves = text.startsWith('/') || segments.includes('..') || /[\0\n\r\\]/.test(text) || text.length > 1024
  return leaves || segments.some((segment) => Buffer.byteLength(segment) > 255) ? null : segments.join('/')
}
