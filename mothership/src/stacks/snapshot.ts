import type { Secrets } from '../secrets/secrets.ts'
import type { StackDefinition, StackSource } from './definition.ts'

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
    source: stack.source.kind === 'git' ? { ...stack.source, url: withoutCredentials(stack.source.url) } : stack.source,
    sealedUrl: hasCredentials(stack.source) ? seal(stack.source.url, 'source/url') : null,
  }
}

/** Opens what `sealStack` sealed. Throws if the snapshot was changed, is another stack's, or was sealed under another master key. */
export function openStack(snapshot: StackSnapshot, secrets: Secrets): OpenStack {
  const { sealedUrl, ...stack } = snapshot
  const open = (envelope: string, place: string) => secrets.open(envelope, contextOf(stack.id, place))
  return {
    ...stack,
    environment: stack.environment.map((variable) =>
      variable.secret ? { ...variable, value: open(variable.value, `environment/${variable.name}`) } : variable,
    ),
    files: stack.files.map((file) =>
      file.secret ? { ...file, content: open(file.content, `files/${file.path}`) } : file,
    ),
    source:
      stack.source.kind === 'git' && sealedUrl !== null
        ? { ...stack.source, url: open(sealedUrl, 'source/url') }
        : stack.source,
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
