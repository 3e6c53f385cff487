import { secondsOrNull } from '../seconds.ts'
import type { StackView } from '../services.ts'

/** The repository's owner and name are the last two parts of its address, with or without a scheme and `.git`. */
export function sourceOf({ source }: StackView) {
  const [, namespace, repository] = /([^/:]*)[/:]([^/:]+?)(?:\.git)?\/*$/.exec(source.url ?? '') ?? []
  return {
    source: { ...source, uploadedAt: secondsOrNull(source.uploadedAt) },
    provider: source.kind === 'git' ? 'GIT' : 'SPACELIFT',
    namespace: namespace ?? '',
    repository: repository ?? '',
    repositoryURL: source.url,
    branch: source.ref ?? '',
  }
}
