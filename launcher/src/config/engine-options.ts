import { directory } from './formats.ts'
import { defaulted, optional, type Env, type Format } from './option.ts'
import { memory } from './quantity.ts'

/** Where a Docker engine listens, as Docker's own client reads it, but for `ssh://`. */
const engineAddress: Format<string> = {
  name: 'address',
  expected: 'unix:///path/to/docker.sock or tcp://host:port (not ssh://, of which ssh -L makes such a socket)',
  parse: (text) => (/^unix:\/\/\/.+$/.test(text) || /^tcp:\/\/[^/\s]+:\d{1,5}\/?$/.test(text) ? text : null),
}

/** Docker's own client asks only whether there is something. */
const anything: Format<true> = {
  name: 'any text',
  expected: 'anything',
  parse: () => true,
}

/** The settings of the way to the Docker engine, and of what is known of it. */
export const engineOptions = {
  engineAddress: defaulted({
    env: 'DOCKER_HOST',
    group: 'Docker engine',
    format: engineAddress,
    fallback: 'unix:///var/run/docker.sock',
    doc: 'Where the Docker engine listens.',
  }),
  engineCertificates: optional({
    env: 'DOCKER_CERT_PATH',
    group: 'Docker engine',
    format: directory,
    unset: 'no TLS',
    doc: 'A directory with ca.pem, cert.pem and key.pem: an engine of tcp:// is reached by TLS, and verified.',
  }),
  engineVerified: optional({
    env: 'DOCKER_TLS_VERIFY',
    group: 'Docker engine',
    format: anything,
    unset: 'as DOCKER_CERT_PATH says',
    doc: 'Set to anything, insists on TLS for an engine of tcp://. With certificates the engine is verified in any case.',
  }),
  engineMemoryBytes: optional({
    env: 'SPACELIFT_LAUNCHER_ENGINE_MEMORY',
    group: 'Docker engine',
    format: memory,
    unset: 'the memory of its machine',
    doc: 'Memory that the engine and its containers may use together, where their machine has more, as in a pod.',
  }),
} as const

/** A problem if TLS is insisted on and there is nothing to speak it with. */
export function engineProblems(env: Env): string[] {
  const has = (name: string) => (env[name] ?? '').trim() !== ''
  if (!has('DOCKER_TLS_VERIFY') || has('DOCKER_CERT_PATH') || !(env['DOCKER_HOST'] ?? '').startsWith('tcp:')) return []
  return [
    'DOCKER_TLS_VERIFY is set, and DOCKER_CERT_PATH is not: expected a directory with ca.pem, cert.pem and key.pem',
  ]
}
