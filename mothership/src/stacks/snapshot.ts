import type { Secrets } from '../secrets/secrets.ts'
import type { GitCredentials } from '../../../protocol/job.ts'
import type { GitSource, StackDefinition, StackSource } from './definition.ts'

/** What a run needs of its stack, with secrets in the clear. It never leaves the process but in a job's document. */
export interface OpenStack
  extends Omit<StackDefinition, 'pool' | 'source' | Newer>,
    Partial<Pick<StackDefinition, Newer>> {
  readonly source: StackSource
}

/** What snapshots of earlier versions do not have. */
type Newer = 'repository' | 'branch' | 'oidcAudience'

/**
 * The same as it is kept with the stack and with each of its runs: the `value` or `content` of what is `secret` is an envelope of
 * `secrets/`, and a git URL is without its credentials. Plain JSON.
 */
export interface StackSnapshot extends OpenStack {
  /** Envelope of the git URL, if it holds credentials. */
  readonly sealedUrl: string | null
  /** Envelope of the git source's credentials, as JSON; missing: it has none. */
  readonly sealedCredentials?: string
}

/** Seals what is secret. */
export function sealStack(stack: OpenStack, secrets: Secrets): StackSnapshot {
  const seal = (text: string, place: string) => secrets.seal(text, contextOf(stack.id, place))
  return {
    ...stack,
    environment: stack.environment.map((variable) =>
      variable.secret ? { ...variable, value: seal(variable.value, `environment/${variable.name}`) } : variable,
    ),
    files: stack.files.map((file) =>
      file.secret ? { ...file, content: seal(file.content, `files/${file.path}`) } : file,
    ),
    source: shown(stack.source),
    sealedUrl: hasCredentials(stack.source) ? seal(stack.source.url, 'source/url') : null,
    ...(stack.source.kind === 'git' &&
      stack.source.credentials && {
        sealedCredentials: seal(JSON.stringify(stack.source.credentials), 'source/credentials'),
      }),
  }
}

function shown(source: StackSource): StackSource {
  if (source.kind !== 'git') return source
  const { credentials: _, ...rest } = source
  return { ...rest, url: withoutCredentials(source.url) }
}

/** Opens what `sealStack` sealed. Throws if the snapshot was changed, is another stack's, or was sealed under another master key. */
export function openStack(snapshot: StackSnapshot, secrets: Secrets): OpenStack {
  const { sealedUrl, sealedCredentials, ...stack } = snapshot
  const open = (envelope: string, place: string) => secrets.open(envelope, contextOf(stack.id, place))
  const opened = (source: GitSource): GitSource => ({
    ...source,
    ...(sealedUrl !== null && { url: open(sealedUrl, 'source/url') }),
    ...(sealedCredentials !== undefined && {
      credentials: JSON.parse(open(sealedCredentials, 'source/credentials')) as GitCredentials,
    }),
  })
  return {
    ...stack,
    environment: stack.environment.map((variable) =>
      variable.secret ? { ...variable, value: open(variable.value, `environment/${variable.name}`) } : variable,
    ),
    files: stack.files.map((file) =>
      file.secret ? { ...file, content: open(file.content, `files/${file.path}`) } : file,
    ),
    source: stack.source.kind === 'git' ? opened(stack.source) : stack.source,
  }
}

function contextOf(stack: string, place: string): string {
  return `stack/${stack}/${place}`
}

function hasCredentials(source: StackSource): source is Extract<StackSource, { kind: 'git' }> {
  return source.kind === 'git' && withoutCredentials(source.url) !== source.url
}

/** `https://user:word@host/path` without user and word. `git@host:path` and `ssh://git@host/path` hold no secret and stay. */
function withoutCredentials(url: string): string {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return url
  const parsed = new URL(url)
  if (parsed.username === '' && parsed.password === '') return url
  parsed.username = ''
  parsed.password = ''
  return parsed.href
}
