/** The parts of an image's name. Either a tag or a digest is set, or both. */
export interface ImageReference {
  /** Host, with a port if one is given. */
  readonly registry: string
  /** Path in the registry; `library/…` for Docker Hub's official images. */
  readonly repository: string
  readonly tag: string | null
  /** `sha256:…`. */
  readonly digest: string | null
}

/** Docker Hub's name in references, and what a name without a registry means. */
export const defaultRegistry = 'docker.io'

const path = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
const host = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?$/
const tagged = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const digested = /^[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/

/**
 * Reads an image's name by the grammar of https://github.com/distribution/reference; null if it is none. A name without tag
 * and digest means the tag `latest`.
 */
export function parseImageReference(text: string): ImageReference | null {
  const at = text.indexOf('@')
  const named = at < 0 ? text : text.slice(0, at)
  const digest = at < 0 ? null : text.slice(at + 1)
  // A colon before a slash belongs to the registry's port.
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  const tag = colon < 0 ? null : named.slice(colon + 1)
  const place = splitRegistry(colon < 0 ? named : named.slice(0, colon))
  const reference = { ...place, tag: at < 0 ? (tag ?? 'latest') : tag, digest }
  return isSound(reference) ? reference : null
}

function isSound({ registry, repository, tag, digest }: ImageReference): boolean {
  if (!host.test(registry) || !path.test(repository) || repository.length > 255) return false
  return (tag === null || tagged.test(tag)) && (digest === null || digested.test(digest))
}

/** The first part is a registry if it cannot be a user of Docker Hub: it has a dot, a port or capitals, or is `localhost`. */
function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/')
  const first = slash < 0 ? '' : name.slice(0, slash)
  const isHost = first === 'localhost' || /[.:A-Z]/.test(first)
  const registry = isHost && first !== 'index.docker.io' ? first : defaultRegistry
  const repository = isHost ? name.slice(slash + 1) : name
  if (registry !== defaultRegistry || repository.includes('/')) return { registry, repository }
  return { registry, repository: `library/${repository}` }
}

/** Docker Hub has several names, of which one stands for all. The daemon takes images of `registry-1.docker.io` for others than Docker Hub's all the same. */
export function registryAlias(host: string): string {
  return /^(index|registry-1)\.docker\.io$/.test(host) ? defaultRegistry : host
}

/** The name in full, as a person and the daemon read it. */
export function imageName(reference: ImageReference): string {
  const tag = reference.tag === null ? '' : `:${reference.tag}`
  const digest = reference.digest === null ? '' : `@${reference.digest}`
  return `${reference.registry}/${reference.repository}${tag}${digest}`
}
