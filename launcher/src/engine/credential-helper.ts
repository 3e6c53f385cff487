import { loginFailed, type RegistryLogin } from './docker-config.ts'

/** How long a helper may take, with all that it asks. */
const patienceMs = 30_000
const maxAnswerCharacters = 1024 * 1024
/** The name by which a helper says that the secret is a token (https://github.com/docker/docker-credential-helpers). */
const tokenName = '<token>'

export interface HelperQuestion {
  /** The registry, as the helper knows it. */
  readonly server: string
  readonly signal: AbortSignal
  readonly timeoutMs?: number
}

/**
 * Asks `docker-credential-NAME`, from the PATH, for a registry's credentials; null if it has none. Rejects with
 * REGISTRY_LOGIN_FAILED, which has nothing of what the helper wrote, for that may be a secret; or with the signal's reason.
 */
export async function askHelper(
  name: string,
  { server, signal, timeoutMs = patienceMs }: HelperQuestion,
): Promise<RegistryLogin | null> {
  const program = `docker-credential-${name}`
  // With the first helper: most launchers have none.
  const { execa } = await import('execa')
  signal.throwIfAborted()
  const subprocess = execa(program, ['get'], {
    env: ownSecrets,
    input: server,
    cancelSignal: signal,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    killDescendants: true,
    maxBuffer: maxAnswerCharacters,
    reject: false,
  })
  const end = await subprocess
  subprocess.kill('SIGKILL')
  signal.throwIfAborted()
  if (end.timedOut) throw loginFailed(`${program} did not answer within ${timeoutMs / 1000} s`)
  if (end.exitCode === 0) return loginIn(end.stdout, program)
  if (/credentials not found/i.test(end.stdout)) return null
  throw loginFailed(`${program} ${endOf(end)}; try \`echo ${server} | ${program} get\``)
}

interface ProgramEnd {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  /** Why it could not be started, as the system names it: ENOENT. */
  readonly code?: string | undefined
}

function endOf({ exitCode, signal, code }: ProgramEnd): string {
  if (exitCode !== undefined) return `ended with exit code ${exitCode}`
  return signal === undefined ? `cannot be run (${code ?? 'unknown'}): is it on the PATH?` : `was ended by ${signal}`
}

/** None of a helper's business. */
const ownSecrets = { SPACELIFT_TOKEN: undefined, SPACELIFT_POOL_PRIVATE_KEY: undefined }

function loginIn(text: string, program: string): RegistryLogin {
  const { Username: username, Secret: secret } = parsed(text)
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '')
    throw loginFailed(`${program} did not answer with Username and Secret in JSON`)
  return username === tokenName ? { identitytoken: secret } : { username, password: secret }
}

function parsed(text: string): { readonly Username?: unknown; readonly Secret?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {}
  } catch {
    return {}
  }
}
