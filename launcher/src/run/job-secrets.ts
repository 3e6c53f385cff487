import type { Job } from '../../../protocol/job.ts'
import { LauncherError } from '../base/errors.ts'
import { valuesWithSecrets } from './env.ts'
import type { RunSettings } from './run.ts'
import { separated } from './workspace/git/address.ts'

/**
 * What must not be readable in a job's log: the job's secrets, the operator's, and the values that these are put into.
 * It follows from document and settings alone, so that a launcher that goes on with a job masks what the first one did.
 */
export function secretsOf(job: Job, { passed, masked }: Pick<RunSettings, 'passed' | 'masked'>): string[] {
  const plain = [...jobSecrets(job), ...masked.map((secret) => secret.reveal())].filter((secret) => secret !== '')
  const known = new Set(plain)
  return [...known, ...compounds(() => valuesWithSecrets(job, passed, (value) => known.has(value)))]
}

function jobSecrets({ environment, files, source, state, oidcToken }: Job): string[] {
  const variables = environment.filter((variable) => variable.secret).map((variable) => variable.value)
  const contents = files
    .filter((file) => file.secret)
    .map((file) => Buffer.from(file.content, 'base64').toString('utf8'))
  const given = [...(state ? [state.password] : []), ...(oidcToken ? [oidcToken] : [])]
  return [...variables, ...contents, ...given, ...sourceSecrets(source)]
}

function sourceSecrets(source: Job['source']): string[] {
  if (source.kind !== 'git') return []
  const inUrl = separated(source.url).credentials
  return [source.credentials, inUrl].flatMap((credentials) => {
    if (!credentials) return []
    return [credentials.kind === 'ssh' ? credentials.privateKey : credentials.password || credentials.username]
  })
}

/** An environment that cannot be is refused later, in the log that is opened with this. */
function compounds(find: () => string[]): string[] {
  try {
    return find()
  } catch (error) {
    if (error instanceof LauncherError && error.code === 'ENVIRONMENT_REFUSED') return []
    throw error
  }
}
