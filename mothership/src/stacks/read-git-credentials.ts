import { type GitCredentials, minSecretBytes } from '../../../protocol/job.ts'
import type { Reading } from './reading.ts'
import type { Tree } from './yaml-tree.ts'

const place = 'source.git.credentials'
/** GitHub, GitLab and most others take any name with a token. */
const anyUser = 'x-access-token'

/**
 * `{username, password}` for http and https, or `{ssh_private_key, known_hosts}`. No problem quotes any of it. Null: there are none, or
 * they are wrong.
 */
export function readGitCredentials(reading: Reading, tree: Tree | undefined, url: string): GitCredentials | null {
  const fields = reading.fields(tree, place, ['username', 'password', 'ssh_private_key', 'known_hosts'])
  if (fields.size === 0) return null
  const isKey = fields.has('ssh_private_key') || fields.has('known_hosts')
  if (isKey && (fields.has('password') || fields.has('username'))) {
    reading.refuse(place, 'expected username and password, or ssh_private_key and known_hosts, got both')
    return null
  }
  const isHttp = /^https?:/i.test(url)
  if (isKey === isHttp && url !== '') {
    reading.refuse(
      place,
      isHttp
        ? 'expected a password for this address, got a key'
        : 'expected an ssh_private_key for this address, got a password',
    )
    return null
  }
  return isKey ? readKey(reading, fields) : readPassword(reading, fields)
}

type Fields = ReadonlyMap<string, Tree>

function readPassword(reading: Reading, fields: Fields): GitCredentials | null {
  const password = needed(reading, fields, 'password')
  const username = reading.text(fields.get('username'), `${place}.username`) ?? anyUser
  if (password === null) return null
  if (/[\0\r\n]/.test(password + username))
    reading.refuse(place, 'has a line break in it, which git cannot tell a server')
  if (Buffer.byteLength(password.trim()) < minSecretBytes) {
    reading.refuse(`${place}.password`, `is shorter than ${minSecretBytes} bytes: it could not be masked in a log`)
  }
  return { kind: 'password', username, password }
}

function readKey(reading: Reading, fields: Fields): GitCredentials | null {
  const privateKey = needed(reading, fields, 'ssh_private_key')
  if (privateKey === null) return null
  const problem = problemOf(privateKey)
  if (problem !== null) reading.refuse(`${place}.ssh_private_key`, problem)
  return { kind: 'ssh', privateKey, knownHosts: reading.text(fields.get('known_hosts'), `${place}.known_hosts`) }
}

function needed(reading: Reading, fields: Fields, name: string): string | null {
  if (!fields.has(name)) reading.refuse(`${place}.${name}`, 'is missing')
  return reading.text(fields.get(name), `${place}.${name}`)
}

/** Nobody could type a passphrase. An OpenSSH key names its cipher behind a fixed word (PROTOCOL.key of OpenSSH). */
function problemOf(key: string): string | null {
  const [, kind = null, body = ''] =
    /^-----BEGIN ([A-Z ]*)PRIVATE KEY-----\s+([^-]*(?:-[^-]+)*)-----END /.exec(key.trim()) ?? []
  if (kind === null) return 'expected a private key, which begins with -----BEGIN'
  const magic = 'openssh-key-v1\0'
  const bytes = Buffer.from(body.replaceAll(/\s/g, ''), 'base64')
  const cipher = bytes.toString('latin1', magic.length + 4, magic.length + 8)
  const isLocked = kind === 'OPENSSH ' ? cipher !== 'none' : kind.includes('ENCRYPTED') || body.includes('ENCRYPTED')
  return isLocked ? 'has a passphrase, which nobody could type: expected a key without one' : null
}
