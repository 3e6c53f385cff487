import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { fetchGit } from '../../../../launcher/src/run/workspace/git.ts'
import { ThrowawayAuthority } from '../../../fakes/certificates.ts'

it('lets git trust an authority beside the usual ones', async () => {
  const authority = new ThrowawayAuthority()
  const { privateKey: key, certificate: cert } = authority.issue({ name: 'localhost' })
  const server = createServer({ key, cert }, (_, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const directory = await mkdtemp(join(tmpdir(), 'git-'))
  onTestFinished(async () => {
    server.close()
    await rm(directory, { recursive: true })
  })
  const url = `https://localhost:${(server.address() as AddressInfo).port}/x.git`
  const fetched = async (name: string, authorities: readonly string[]) => {
    const into = join(directory, name)
    await mkdir(into)
    const options = { into, authorities, signal: new AbortController().signal }
    return await fetchGit({ kind: 'git', url, ref: null, commit: null }, options).catch(String)
  }
  expect(await fetched('distrusting', [])).toMatch(/certificate/i)
  expect(await fetched('trusting', [authority.certificate])).toMatch(/repository '.*' not found/)
})
