import { LauncherError } from '../../../base/errors.ts'
import { withoutCredentials } from '../../computed-variables.ts'
import { refused, type Address } from './address.ts'

/** What git printed when it failed, and what it was doing. */
export interface Failed {
  readonly doing: string
  readonly stderr: string
}

/** Lines that stand below the one that says why. */
const beside =
  /^(?:Please make sure you have|and the repository exists|fatal: Could not read from remote|fatal: clone of|Failed to clone)/

/** The failure for whoever owns the run, in git's own words but for what they can do something about. No secret is in it. */
export function failureOf({ url, credentials }: Address, { doing, stderr }: Failed): LauncherError {
  const text = withoutSecrets(stderr, credentials)
  const advice = adviceOn(text, credentials)
  if (advice !== null) return refused(`${url}: ${advice}`)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const line = lines.findLast((each) => !beside.test(each)) ?? lines.at(-1) ?? 'it said nothing'
  return new LauncherError('SOURCE_UNREACHABLE', `git ${doing} of ${url} failed: ${line.slice(0, 500)}`)
}

const place = 'source.git.credentials of the stack'

/** What people can do something about, by git's, curl's and ssh's words for it; the first that fits counts. */
const advices: readonly { readonly words: RegExp; readonly advice: string }[] = [
  {
    words: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    advice: `the key of the server is not the one that is known: somebody may be in between, or known_hosts in ${place} is old.`,
  },
  {
    words: /host key is known for (\S+)|Host key verification failed/,
    advice: `the server's key is not known: put the lines of ssh-keyscan, once you have checked them, as known_hosts into ${place}.`,
  },
  {
    words: /could not read (?:Username|Password)/,
    advice: `the server wants a name and a password: put them into ${place}.`,
  },
  {
    words: /Authentication failed|HTTP Basic: Access denied|returned error: 403/,
    advice: `the server does not take the credentials in ${place}.`,
  },
]

function adviceOn(text: string, credentials: Address['credentials']): string | null {
  const known = advices.find(({ words }) => words.test(text))
  if (known !== undefined) return known.advice
  if (!/Permission denied \(/.test(text)) return null
  return credentials?.kind === 'ssh'
    ? `the server does not take the ssh_private_key in ${place}, or it is no private key without a passphrase.`
    : `the server wants a key: put it as ssh_private_key into ${place}.`
}

function withoutSecrets(text: string, credentials: Address['credentials']): string {
  const shown = text.replaceAll(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, withoutCredentials)
  if (credentials?.kind !== 'password' || credentials.password === '') return shown
  const { password } = credentials
  return [password, encodeURIComponent(password)].reduce((all, secret) => all.replaceAll(secret, '*****'), shown)
}
