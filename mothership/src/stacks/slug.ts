import { createHash } from 'node:crypto'

const maxLength = 63

/** A name in URLs and file names: `stackIdPattern` of `protocol/ids.ts`. A name without a single latin letter or digit becomes its hash. */
export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
  const slug = plain
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, maxLength + 1)
    .replaceAll(/^-+/g, '')
    .slice(0, maxLength)
    .replaceAll(/-+$/g, '')
  return slug === '' ? `stack-${createHash('sha256').update(name).digest('hex').slice(0, 12)}` : slug
}
