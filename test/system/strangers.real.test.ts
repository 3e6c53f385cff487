import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { connect as connectTcp } from 'node:net'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { decodeToken, encodeToken, type Token } from '../../protocol/token.ts'
import { ThrowawayAuthority } from '../fakes/certificates.ts'
import type { World } from '../support/world.ts'
import { launch, Process } from './process.ts'
import { applyStack, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * Who comes with the wrong papers is told so, and learns and changes nothing; and two of a kind do not share a directory.
 */
const shared = sharedWorld({ launchers: 0 })

/** A pool's papers. */
interface Papers {
  readonly pool: string
  readonly token: Token
  /** PEM. */
  readonly key: string
  /** File of the signing request. */
  readonly csr: string
}

/** Makes a pool with the key of the world's own one, because making a key takes seconds. */
async function makePool(world: World, name: string): Promise<Papers> {
  const csr = join(world.directory, 'pool/spacelift.csr')
  type Made = { id: string; files: { token: string } }
  const words = ['pool', 'create', name, '--csr', csr, '--out', join(world.directory, name)]
  const { id, files } = await world.cli<Made>(words)
  const key = await readFile(join(world.directory, 'pool/spacelift.key'), 'utf8')
  return { pool: id, token: await readToken(files.token), key, csr }
}

async function readToken(file: string): Promise<Token> {
  const token = decodeToken(await readFile(file, 'utf8'))
  if (!token.ok) throw new Error(token.fault.message)
  return token.value
}

/** The settings by which a launcher gets these papers. */
function holding(token: Token, key: string): Record<string, string> {
  return { SPACELIFT_TOKEN: encodeToken(token), SPACELIFT_POOL_PRIVATE_KEY: Buffer.from(key).toString('base64') }
}

/** A launcher that may not get far. */
function stranger(world: World, name: string, papers: Record<string, string>): Process {
  return new Process('launcher/bin.js', [], { ...world.launcherEnv(name), ...papers })
}

const present = (world: World, pool: string) => world.cli<object[]>(['worker', 'list', '--pool', pool])

it('a pool that is reset lets nobody in with its old token, who was in before or not', async () => {
  const { world, people } = await shared()
  const papers = await makePool(world, 'reset')
  await using before = await launch(world, 'reset-worker', holding(papers.token, papers.key))
  const renewed = join(world.directory, 'renewed')
  type Made = { files: { token: string } }
  const { files } = await world.cli<Made>(['pool', 'reset', papers.pool, '--csr', papers.csr, '--out', renewed])
  const refused =
    'certificate-refused: this certificate is not one that a pool has now: it was replaced, or its pool deleted'
  await before.says(refused)
  const stack = await applyStack(people, 'name: after the reset\ntool: custom\npool: reset')
  const run = await startTask(people, stack, 'true')

  await using again = stranger(world, 'late-worker', holding(papers.token, papers.key))
  await again.says('cannot register yet')
  expect(again.out).toContain(refused)
  expect((await world.show(run)).state).toBe('READY')

  const token = await readToken(files.token)
  await using renewedWorker = await launch(world, 'renewed-worker', holding(token, papers.key))
  await world.reaches(run, ['FINISHED'])
  for (const launcher of [before, again, renewedWorker]) {
    launcher.child.kill('SIGTERM')
    expect(await launcher.ended).toBe(0)
  }
})

it('a certificate of another authority is refused, by the API and by the broker', async () => {
  const { world } = await shared()
  const { token, key, pool } = await makePool(world, 'imitated')
  const other = new ThrowawayAuthority()
  const { certificate } = other.issue({ name: pool, key: createPrivateKey(key) })
  await using launcher = stranger(world, 'imitator', holding({ ...token, certificate }, key))
  await launcher.says('cannot register yet')
  expect(launcher.out).not.toContain('launcher ready')
  expect(await present(world, 'imitated')).toEqual([])
  for (const port of world.ports.slice(1)) {
    expect(await greeted(port, token, { key, cert: certificate }), `port ${port}, another authority`).toBe(false)
    expect(await greeted(port, token, {}), `port ${port}, without a certificate`).toBe(false)
    expect(await greeted(port, token, { key, cert: token.certificate }), `port ${port}, its own`).toBe(true)
  }
})

/** Whether a server still talks to a client with these papers after the handshake: TLS 1.3 refuses them only then. */
async function greeted(
  port: number | undefined,
  token: Token,
  papers: { key?: string; cert?: string },
): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port: port ?? 0, ca: token.authority, ...papers })
  return (await new Promise((resolve) => {
    // A byte that no protocol begins with would end it as well: only silence is a greeting here.
    const silent = setTimeout(() => resolve(true), 500)
    const refused = () => {
      clearTimeout(silent)
      resolve(false)
    }
    socket.on('error', refused).on('close', refused)
  }).finally(() => socket.destroy())) as boolean
}

it('an authority that did not make the certificate of the mothership is not believed', async () => {
  const { world } = await shared()
  const { token, key } = await makePool(world, 'misled')
  const authority = new ThrowawayAuthority().certificate
  await using launcher = stranger(world, 'misled-worker', holding({ ...token, authority }, key))
  await launcher.says('cannot register yet')
  expect(launcher.out).toMatch(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/)
  expect(await present(world, 'misled')).toEqual([])
})

it('papers that cannot work end the launcher with 78 before it calls anybody, and it says what is wrong', async () => {
  const { world } = await shared()
  const { token, key, pool } = await makePool(world, 'expired')
  const old = new ThrowawayAuthority().issue({ name: pool, key: createPrivateKey(key), until: Date.now() - 1000 })
  await using expired = stranger(world, 'expired', holding({ ...token, certificate: old.certificate }, key))
  expect(await expired.ended).toBe(78)
  expect(expired.err).toMatch(
    /^SPACELIFT_TOKEN: its certificate expired on [\dT:.-]+Z; reset the worker pool to get a new token\n$/,
  )

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const foreign = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await using mismatched = stranger(world, 'mismatched', holding(token, foreign))
  expect(await mismatched.ended).toBe(78)
  expect(mismatched.err).toMatch(/^SPACELIFT_POOL_PRIVATE_KEY does not fit the certificate in SPACELIFT_TOKEN; .*\n$/)

  const bad = {
    SPACELIFT_TOKEN: 'not base64!',
    SPACELIFT_POOL_PRIVATE_KEY: key,
    SPACELIFT_LAUNCHER_RUN_TIMEOUT: 'long',
  }
  await using broken = stranger(world, 'broken', bad)
  expect(await broken.ended).toBe(78)
  expect(broken.err.trim().split('\n')).toHaveLength(3)
  expect(broken.err).toContain('cannot retrieve workerpool token: unable to base64 decode token: illegal base64 data')
  expect(broken.err).toContain('got the PEM file itself')
  expect(broken.err).not.toContain(key.split('\n')[1])
  expect(await present(world, 'expired')).toEqual([])
})

it('a thousand connections that say nothing, or rubbish, keep nobody from working, and are let go', async () => {
  const { world, people } = await shared()
  await using launcher = await launch(world, 'beset')
  const rubbish = ['', '', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xff'.padEnd(3000, '\xff')]
  const sockets = world.ports.flatMap((port) =>
    Array.from({ length: 334 }, (_, index) => {
      const socket = connectTcp({ port, host: '127.0.0.1' }).on('error', () => undefined)
      socket.resume()
      if (rubbish[index % 4]) socket.write(rubbish[index % 4] ?? '', 'latin1')
      return socket
    }),
  )
  const gone = Promise.all(sockets.map(async (socket) => socket.closed || (await once(socket, 'close'))))
  const stack = await applyStack(people, 'name: beset\ntool: custom\npool: test')
  await world.reaches(await startTask(people, stack, 'echo calm'), ['FINISHED'])
  expect(sockets.filter(({ closed }) => !closed).length, 'they are still there').toBeGreaterThan(0)
  await gone
  launcher.child.kill('SIGTERM')
  expect(await launcher.ended).toBe(0)
})

it('a directory has one launcher, and a data directory one mothership', async () => {
  const { world } = await shared()
  await using first = await launch(world, 'alone')
  await using second = stranger(world, 'alone', {})
  expect(await second.ended).toBe(78)
  expect(second.err).toContain(`another launcher works in ${join(world.directory, 'alone')}`)

  const data = join(world.directory, 'mothership')
  const ports = ['--people-port', '0', '--broker-port', '0', '--launchers-port', '0']
  await using other = new Process('mothership/bin.js', ['serve', '--data', data, ...ports], {})
  expect(await other.ended).toBe(1)
  expect(other.err).toContain('another mothership is at work in this directory')

  expect(await present(world, 'test')).toMatchObject([{ status: 'IDLE' }])
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
})
