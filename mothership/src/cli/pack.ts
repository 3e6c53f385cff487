import { Readable } from 'node:stream'
import { create } from 'tar'
import type { Listing } from './listing.ts'

/**
 * A directory as a gzip-compressed tar, as a stream. Owners and other marks of this machine are left out, so that the same files give
 * the same archive wherever they are packed.
 */
export function pack(directory: string, { paths }: Listing): Readable {
  const options = { cwd: directory, gzip: true, portable: true, noDirRecurse: true, strict: true } as const
  return Readable.from(create(options, paths.length === 0 ? ['.'] : paths.map(asPath)))
}

/** node-tar takes a name that begins with `@` for an archive whose entries it is to copy. */
function asPath(path: string): string {
  return path.startsWith('@') ? `./${path}` : path
}
