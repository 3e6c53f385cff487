import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { everyAuthority } from '../../../base/outbound.ts'
import { refused, type Address } from './address.ts'
import { remoteProtocols, type GitOptions } from './source.ts'

/** What git is told by files that nobody else can read, for as long as it works. */
export interface PrivateFiles extends AsyncDisposable {
  /** A file of git's configuration; it names the others. */
  readonly config: string
  /** What goes before the configuration unless it is set so. */
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Writes credentials, trusted certificates and settings into a directory of their own beside the source, outside of what any container
 * sees. git and ssh read them there: none stands in an address, in arguments, in an environment or in the repository.
 */
export async function writePrivateFiles(address: Address, options: GitOptions): Promise<PrivateFiles> {
  const directory = join(dirname(options.into), '.git-private')
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { mode: 0o700 })
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(directory, name), text, { mode: 0o600, flag: 'wx' })
    return join(directory, name)
  }
  const authorities = await trusted(options, write)
  const sections = [
    ...(options.protocols ?? remoteProtocols).map((name) => `[protocol "${name}"]\n\tallow = always`),
    ...(await identity(address, write)),
  ]
  const config = await write('config', `${[...fixed, ...sections].join('\n')}\n`)
  const environment: Record<string, string> = authorities === null ? {} : { GIT_SSL_CAINFO: authorities }
  return { config, environment, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

type Write = (name: string, text: string) => Promise<string>

const fixed = [
  '[protocol]\n\tallow = never',
  '[core]\n\thooksPath = /dev/null',
  '[advice]\n\tdetachedHead = false',
  '[gc]\n\tauto = 0',
  '[maintenance]\n\tauto = false',
]

async function trusted({ authorities = [] }: GitOptions, write: Write): Promise<string | null> {
  return authorities.length === 0 ? null : await write('authorities.pem', everyAuthority(authorities))
}

async function identity({ url, credentials }: Address, write: Write): Promise<string[]> {
  if (credentials === null) return [`[core]\n\tsshCommand = ${value(sshCommand([]))}`]
  if (credentials.kind === 'password') return await passwordFor(url, credentials, write)
  const key = await write('key', `${credentials.privateKey.replaceAll('\r\n', '\n').trimEnd()}\n`)
  const known =
    credentials.knownHosts === null ? null : await write('known_hosts', `${credentials.knownHosts.trimEnd()}\n`)
  const options = [
    `IdentityFile=${key}`,
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    ...(known === null ? [] : [`UserKnownHostsFile=${known}`, 'GlobalKnownHostsFile=/dev/null']),
  ]
  return [`[core]\n\tsshCommand = ${value(sshCommand(options))}`]
}

/**
 * By git's own helper, which reads a file, and for the one host that the address names: a submodule or a redirect to another one is
 * told nothing.
 */
async function passwordFor(
  url: string,
  { username, password }: { readonly username: string; readonly password: string },
  write: Write,
): Promise<string[]> {
  const { protocol, host } = URL.parse(url) ?? { protocol: '', host: '' }
  if (!/^https?:$/.test(protocol))
    throw refused(`${url}: a name and a password are for http:// and https:// addresses.`)
  const account = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`
  const file = await write('credentials', `${protocol}//${account}@${host}\n`)
  return [
    '[credential]\n\thelper =',
    `[credential "${protocol}//${host}"]\n\thelper = ${value(`store --file=${quotedForShell(file)}`)}`,
  ]
}

/** An unknown host is refused, and nobody is asked anything. */
function sshCommand(options: readonly string[]): string {
  const all = [...options, 'BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=30']
  return ['ssh', ...all.map((option) => `-o ${quotedForShell(option)}`)].join(' ')
}

/** A value of git's configuration (git-config(1), "Syntax"). */
function value(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function quotedForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
