import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ulid } from 'ulid'
import { encodeToken } from '../../../protocol/token.ts'
import { readTexts, sourceOf } from '../../../launcher/src/identity/credential-source.ts'
import type { Credentials } from '../../../launcher/src/identity/credentials.ts'
import { lookEveryMs, watchCredentials } from '../../../launcher/src/identity/credentials-watch.ts'
import { ThrowawayAuthority, type Identity } from '../../fakes/certificates.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { until } from '../../fakes/until.ts'

const authority = new ThrowawayAuthority()
const now = Date.now()
const dayMs = 86_400_000
const pools = ['one', 'two'].map((name) => ({ id: ulid(), ...authority.issue({ name }) }))
const [one, two] = pools as [Pool, Pool]
const later = { id: ulid(), ...authority.issue({ name: 'later', from: now + dayMs }) }

type Pool = Identity & { readonly id: string }
const tokenOf = ({ id, certificate }: Pool) =>
  encodeToken({
    version: 1,
    broker: { endpoint: 'mqtts://broker.example' },
    api: { endpoint: 'https://api.example' },
    pool: { id },
    certificate,
    authority: authority.certificate,
  })
const keyOf = ({ privateKey }: Pool) => Buffer.from(privateKey).toString('base64')

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'watch-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** As a kubelet does it: files behind a link to a directory, which is replaced as a whole. */
const place = async (files: { token: string; privateKey: string }) => {
  const versioned = join(directory, `..${ulid()}`)
  await mkdir(versioned)
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(versioned, name), text)
    await symlink(join('..data', name), join(directory, name)).catch(() => {})
  }
  await symlink(versioned, join(directory, '..data_new'))
  await rename(join(directory, '..data_new'), join(directory, '..data'))
}

const watched = async () => {
  await place({ token: tokenOf(one), privateKey: keyOf(one) })
  const clock = new ManualClock(now)
  const source = sourceOf({ tokenFile: join(directory, 'token'), privateKeyFile: join(directory, 'privateKey') })
  const taken: Credentials[] = []
  const refused: (readonly string[])[] = []
  const ending = new AbortController()
  const over = watchCredentials(
    {
      source,
      inUse: await readTexts(source),
      clock,
      changed: (credentials) => taken.push(credentials),
      refused: (problems) => refused.push(problems),
    },
    ending.signal,
  )
  const look = async () => {
    await clock.advance(lookEveryMs)
    await until('the look is over', () => clock.sleeping.length === 1)
  }
  const end = async () => {
    ending.abort()
    await over
  }
  return { clock, taken, refused, look, end }
}

describe('watchCredentials', () => {
  it('takes another pair after it was the same at two looks, once', async () => {
    const { taken, refused, look, end } = await watched()
    await look()
    await place({ token: tokenOf(two), privateKey: keyOf(two) })
    await look()
    expect(taken).toEqual([])
    for (let times = 0; times < 3; times++) await look()
    expect(taken.map(({ token }) => token.pool.id)).toEqual([two.id])
    expect(refused).toEqual([])
    await end()
  })

  it('says once that a half-changed pair does not fit, and takes it when it is whole', async () => {
    const { taken, refused, look, end } = await watched()
    await place({ token: tokenOf(two), privateKey: keyOf(one) })
    for (let times = 0; times < 4; times++) await look()
    expect(refused).toEqual([
      [
        'SPACELIFT_POOL_PRIVATE_KEY_FILE does not fit the certificate in SPACELIFT_TOKEN_FILE; they come from different pools or resets',
      ],
    ])
    expect(taken).toEqual([])
    await place({ token: tokenOf(two), privateKey: keyOf(two) })
    await look()
    await look()
    expect(taken).toHaveLength(1)
    await end()
  })

  it('says nothing of a pair that is half changed for a moment only', async () => {
    const { taken, refused, look, end } = await watched()
    await place({ token: tokenOf(two), privateKey: keyOf(one) })
    await look()
    await place({ token: tokenOf(two), privateKey: keyOf(two) })
    await look()
    await look()
    expect(refused).toEqual([])
    expect(taken).toHaveLength(1)
    await end()
  })

  it('keeps the pair in use when the files are gone, and says so again when they go again', async () => {
    const { taken, refused, look, end } = await watched()
    for (let times = 0; times < 2; times++) {
      await rm(join(directory, '..data'))
      await look()
      await look()
      await place({ token: tokenOf(one), privateKey: keyOf(one) })
      await look()
    }
    expect(refused.map(([problem]) => problem)).toEqual(
      Array.from({ length: 2 }, () => `SPACELIFT_TOKEN_FILE: cannot read ${join(directory, 'token')} (ENOENT)`),
    )
    expect(taken).toEqual([])
    await end()
  })

  it('takes a certificate that was not valid yet when it is', async () => {
    const { clock, taken, refused, look, end } = await watched()
    await place({ token: tokenOf(later), privateKey: keyOf(later) })
    await look()
    await look()
    expect(refused).toHaveLength(1)
    await clock.advance(dayMs)
    await until('the look is over', () => clock.sleeping.length === 1)
    await look()
    expect(taken).toHaveLength(1)
    await end()
  })
})
