import type { Command } from 'commander'
import { addCommand } from './command.ts'
import type { Io } from './io.ts'
import { launcherExports, prepareRequest, writeToken, type PreparedRequest } from './pool-files.ts'
import { findPool } from './pools.ts'
import { show, type Session } from './session.ts'
import { poolFields, type Pool } from './shapes.ts'

interface Files {
  readonly out?: string
  readonly csr?: string
}

const fileOptions = [
  ['--out <dir>', 'directory for the key, the request and the token (default: the current one)'],
  ['--csr <file>', 'a certificate signing request of your own, PEM; no key is made then'],
] as const

/** `pool create`. */
export function addPoolCreate(pool: Command, io: Io): void {
  addCommand<Files & { description?: string; label?: readonly string[] }>(pool, io, {
    usage: 'create <name>',
    summary: 'make a pool, its private key and its token',
    about:
      'The RSA-4096 key is made here and written to spacelift.key (mode 0600), its request to spacelift.csr, the token to ' +
      'worker-pool-<id>.config. Only the request is sent. An existing key is never overwritten.',
    options: [
      ...fileOptions,
      ['--description <text>', 'what the pool is for'],
      ['--label <label>', 'a label; may be given several times', 'repeated'],
    ],
    examples: ['pool create production --out ~/pools/production', 'pool create ci --csr ci.csr --label eu --label ci'],
    run: async (session, { args: [name], options }) => {
      const document = `mutation($name: String!, $csr: String!, $description: String, $labels: [String!]) {
        pool: workerPoolCreate(name: $name, certificateSigningRequest: $csr, description: $description, labels: $labels) {
          config ${poolFields} } }`
      const { description, label } = options
      const request = await prepareRequest(io, options)
      await withToken(session, {
        request,
        document,
        variables: { name, description, labels: label },
        verb: 'was created',
      })
    },
  })
}

/** `pool reset`. */
export function addPoolReset(pool: Command, io: Io): void {
  addCommand<Files>(pool, io, {
    usage: 'reset <pool>',
    summary: 'replace the certificate of a pool, and with it its token',
    about:
      'For a key or token that may have been seen by others. Workers with the old token are refused from then on, and a run that ' +
      'one of them has in hand fails when its lease is over. A new key is made as by `pool create`, unless you bring a request ' +
      'of your own.',
    options: fileOptions,
    examples: ['pool reset production --out ~/pools/production-2', 'pool reset production --csr spacelift.csr'],
    run: async (session, { args: [named], options }) => {
      const { id } = await findPool(session, named)
      const document = `mutation($id: ID!, $csr: String!) {
        pool: workerPoolReset(id: $id, certificateSigningRequest: $csr) { config ${poolFields} } }`
      const request = await prepareRequest(io, options)
      await withToken(session, { request, document, variables: { id }, verb: 'has a new token' })
    },
  })
}

interface TokenCall {
  readonly request: PreparedRequest
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly verb: string
}

/** Sends the request, keeps the token, and says how a launcher is started with it. */
async function withToken(session: Session, { request, document, variables, verb }: TokenCall): Promise<void> {
  const { files, certificateSigningRequest: csr } = request
  const call = session.api.ask<{ pool: Pool & { config: string } }>(document, { ...variables, csr })
  const { config, ...pool } = await undoneOnFailure(call, request)
  const token = await writeToken(files, pool.id, config)
  const written = { privateKey: files.privateKey, certificateSigningRequest: files.request, token }
  await show(session, { ...pool, files: written }, () => {
    const paths = [files.privateKey, files.request, token].filter((path) => path !== null)
    const list = paths.map((path) => `  ${path}\n`).join('')
    const give = launcherExports(session.io, files, token)
    return `Worker pool ${pool.name} (${pool.id}) ${verb}. Written:\n\n${list}\nEach launcher of the pool is given both:\n\n${give}`
  })
}

async function undoneOnFailure<T>(call: Promise<{ pool: T }>, request: PreparedRequest): Promise<T> {
  try {
    return (await call).pool
  } catch (error) {
    await request.undo()
    throw error
  }
}
