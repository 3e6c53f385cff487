import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findEngine } from '../../../quickstart/engine/find-engine.ts'
import { pullImage } from '../../../quickstart/engine/pull.ts'

/** Something on a unix socket that answers as a Docker daemon would. */
async function daemon(listener: RequestListener) {
  const directory = await mkdtemp(join(tmpdir(), 'engine-'))
  const socket = join(directory, 'docker.sock')
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  const said: string[] = []
  const signal = new AbortController().signal
  return {
    socket,
    said,
    signal,
    find: (host = `unix://${socket}`) =>
      findEngine({ env: { DOCKER_HOST: host }, directory, say: (line) => said.push(line), signal }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true })
    },
  }
}

const ofVersion =
  (version: string, api: string): RequestListener =>
  (_request, response) =>
    response.end(JSON.stringify({ Version: version, ApiVersion: api }))

it.each([
  ['20.10.24', '1.41'],
  ['29.0.0', '1.52'],
])('uses an engine of Docker %s that DOCKER_HOST names', async (version, api) => {
  await using it = await daemon(ofVersion(version, api))
  expect((await it.find()).socket).toBe(it.socket)
  expect(it.said).toEqual([`Docker ${version} answers at ${it.socket}: using it, for containers only`])
})

it('refuses an engine that is too old, saying what is there and what is needed', async () => {
  await using it = await daemon(ofVersion('19.3.9', '1.40'))
  await expect(it.find()).rejects.toMatchObject({
    code: 'engine-too-old',
    message: 'The Docker engine is too old: Docker 19.3.9 (API 1.40) is there, Docker 20.10 (API 1.41) is needed.',
  })
})

it('refuses an engine on another host', async () => {
  await using it = await daemon(ofVersion('29.0.0', '1.52'))
  await expect(it.find('tcp://engine:2376')).rejects.toMatchObject({ code: 'engine-elsewhere' })
})

it('starts none in place of one that DOCKER_HOST names and that does not answer', async () => {
  await using it = await daemon(ofVersion('29.0.0', '1.52'))
  await expect(it.find('unix:///nowhere/docker.sock')).rejects.toMatchObject({
    code: 'no-engine',
    message: 'No Docker engine answers at DOCKER_HOST=unix:///nowhere/docker.sock (ENOENT).',
  })
})

it('takes a failure that the daemon reports after 200 for what it is', async () => {
  await using it = await daemon((_request, response) => response.end('{"status":"x"}\n{"error":"toomanyrequests"}\n'))
  const pull = pullImage(it.socket, 'some/image', { firstByteMs: 60_000, note: () => undefined, signal: it.signal })
  await expect(pull).rejects.toThrow('toomanyrequests')
})

it('gives up a pull of which nothing comes', async () => {
  await using it = await daemon((_request, response) => response.write('{"status":"Pulling from some/image"}\n'))
  const pull = pullImage(it.socket, 'some/image', { firstByteMs: 20, note: () => undefined, signal: it.signal })
  await expect(pull).rejects.toMatchObject({ name: 'TimeoutError' })
})
