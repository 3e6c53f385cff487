import { join } from 'node:path'

const keyPattern = /^[A-Za-z0-9._-]{1,200}(?:\/[A-Za-z0-9._-]{1,200}){0,15}$/

/** The file of an object's key. Throws on a key that could leave the root, or that no file system would take: that is a bug of the caller. */
export function keyPath(root: string, key: string): string {
  const segments = key.split('/')
  if (!keyPattern.test(key) || segments.includes('.') || segments.includes('..')) {
    throw new Error(`not a key of an object: ${JSON.stringify(key.slice(0, 300))}`)
  }
  return join(root, ...segments)
}
