import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import { DockerEngine } from '../../../launcher/src/engine/docker-engine.ts'
import { until } from '../../fakes/until.ts'

type Answer = (response: ServerResponse, request: IncomingMessage) => void

const never = new AbortController().signal
const quiet = { signal: never, progress: () => {} }
const version = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' }

const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

/** A daemon that answers as a test says, by method and path without version and query; all else is 404. */
async function world(answers: Record<string, Answer>, tcp = false) {
  const calls: string[] = []
  const directory = await mkdtemp(join(tmpdir(), 'daemon-'))
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    calls.push(`${request.method} ${request.url}`)
    const answer =
      answers[`${request.method} ${path.replace(/^\/v[\d.]+/, '')}`] ?? json(404, { message: 'nothing here' })
    answer(response, request)
  })
  server.on('upgrade', (request: IncomingMessage, socket) => answers['UPGRADE']?.(socket as never, request))
  const socket = join(directory, 'd.sock')
  const port = await new Promise<unknown>((resolve) => {
    if (tcp) server.listen(0, '127.0.0.1', () => resolve(server.address()))
    else server.listen(socket, () => resolve(null))
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(directory, { recursive: true })
  })
  const address = tcp ? `tcp://127.0.0.1:${(port as { port: number }).port}` : `unix://${socket}`
  return { engine: new DockerEngine(address), calls, server }
}

const known = { 'GET /version': json(200, version) }

async function failureOf(call: Promise<unknown>): Promise<LauncherError> {
  const error: unknown = await call.catch((reason: unknown) => reason)
  if (!(error instanceof LauncherError)) throw new Error(`no LauncherError: ${String(error)}`)
  return error
}

describe('DockerEngine', () => {
  it('asks for the version once, and speaks one that the daemon knows', async () => {
    const { engine, calls } = await world({ ...known, 'GET /containers/json': json(200, []) })
    await engine.list({ a: '1' })
    await engine.list({})
    expect(calls[0]).toBe('GET /version?')
    expect(calls.slice(1).map((call) => call.split('?')[0])).toEqual(Array(2).fill('GET /v1.41/containers/json'))
    expect(decodeURIComponent(calls[1] ?? '')).toContain('filters={"label":["a=1"]}')
  })

  it('asks again after the connection broke: it may be another daemon', async () => {
    const { engine, calls } = await world({
      ...known,
      'GET /containers/json': (_, request) => request.socket.destroy(),
      'GET /images/x/json': json(200, {}),
    })
    expect((await failureOf(engine.list({}))).code).toBe('ENGINE_UNREACHABLE')
    await engine.present('x', never)
    expect(calls.filter((call) => call.startsWith('GET /version'))).toHaveLength(2)
  })

  it('reaches a daemon over TCP', async () => {
    const { engine } = await world({ ...known, 'GET /containers/json': json(200, [{ Id: 'i', Labels: null }]) }, true)
    expect(await engine.list({})).toEqual([{ id: 'i', labels: {} }])
  })

  it('refuses a daemon that is too old, at whatever call', async () => {
    const { engine } = await world({
      'GET /version': json(200, { Version: '18.09.1', ApiVersion: '1.39', MinAPIVersion: '1.12' }),
    })
    const failure = await failureOf(engine.list({}))
    expect(failure.code).toBe('ENGINE_TOO_OLD')
    expect(failure.message).toContain('Docker engine 18.09.1 speaks API 1.12 to 1.39, this launcher speaks 1.41')
    expect((await failureOf(engine.info(never))).code).toBe('ENGINE_TOO_OLD')
  })

  it('tells a daemon that dies in the middle of an answer, be it short or endless', async () => {
    const torn: Answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"half":')
      setTimeout(() => response.destroy(), 20)
    }
    const { engine } = await world({
      ...known,
      'GET /containers/x/json': json(200, { State: { Status: 'running' } }),
      'POST /containers/x/wait': torn,
      'GET /containers/json': torn,
      'GET /containers/x/logs': torn,
      'POST /images/create': torn,
    })
    expect((await failureOf(engine.list({}))).code).toBe('ENGINE_UNREACHABLE')
    expect((await failureOf(engine.wait('x', never))).code).toBe('ENGINE_UNREACHABLE')
    expect((await failureOf(engine.pull('x', quiet))).code).toBe('ENGINE_UNREACHABLE')
  })

  it('takes a pull for failed whose failure comes after its 200', async () => {
    const lines = '{"status":"Pulling"}\n{"errorDetail":{"message":"toomanyrequests"},"error":"toomanyrequests"}\n'
    const answers = {
      ...known,
      'POST /images/create': (response: ServerResponse) => void response.writeHead(200).end(lines),
    }
    const limited = await world({
      ...answers,
      'GET /distribution/docker.io/library/x:latest/json': json(429, { message: 'slowly' }),
    })
    const failure = await failureOf(limited.engine.pull('x', quiet))
    expect(failure.code).toBe('REGISTRY_REFUSED')
    expect(failure.message).toBe('cannot pull docker.io/library/x:latest (without credentials): toomanyrequests')
    const fine = await world({ ...answers, 'GET /distribution/docker.io/library/x:latest/json': json(200, {}) })
    expect((await failureOf(fine.engine.pull('x', quiet))).code).toBe('ENGINE_FAILED')
  })

  it('asks for a digest where a name has one', async () => {
    const { engine, calls } = await world({
      ...known,
      'POST /images/create': (response) => void response.writeHead(200).end(),
    })
    const digest = `sha256:${'0'.repeat(64)}`
    await engine.pull(`quay.io/a/b:1@${digest}`, quiet)
    expect(decodeURIComponent(calls[1] ?? '')).toContain(`fromImage=quay.io/a/b&tag=${digest}`)
  })

  it('takes a start that cannot be run for the image, and any other refusal for the engine', async () => {
    const message = 'exec: "/bin/sh": no such file'
    const { engine } = await world({
      ...known,
      'POST /containers/bad/start': json(400, { message }),
      'POST /containers/odd/start': json(500, { message: 'x'.repeat(5000) }),
      'POST /containers/started/start': (response) => void response.writeHead(304).end(),
    })
    const failure = await failureOf(engine.start('bad', never))
    expect(failure).toMatchObject({ code: 'IMAGE_UNUSABLE', message: `cannot start the container: ${message}` })
    const odd = await failureOf(engine.start('odd', never))
    expect(odd.code).toBe('ENGINE_FAILED')
    expect(odd.message.length).toBeLessThan(1100)
    await engine.start('started', never)
  })

  it('waits for a removal that is going on', async () => {
    const { engine, calls } = await world({
      ...known,
      'DELETE /containers/x': json(409, { message: 'removal is in progress' }),
      'POST /containers/x/wait': json(200, { StatusCode: 0 }),
    })
    await engine.remove('x')
    expect(calls.at(-1)).toBe('POST /v1.41/containers/x/wait?condition=removed')
  })

  it('leaves a signal to the init process where no shell can be started', async () => {
    const { engine, calls } = await world({
      ...known,
      'POST /containers/x/exec': json(201, { Id: 'e' }),
      'POST /exec/e/start': (response) => void response.writeHead(200).end('sh: cannot fork'),
      'GET /exec/e/json': json(200, { ExitCode: 126 }),
      'POST /containers/x/kill': (response) => void response.writeHead(204).end(),
    })
    await engine.signal('x', 'SIGINT')
    expect(calls.at(-1)).toBe('POST /v1.41/containers/x/kill?signal=SIGINT')
  })

  it('tells an output that breaks off within a frame from one that ends', async () => {
    const frame = Buffer.from('\x01\0\0\0\0\0\0\x05hello', 'latin1')
    const upgrade = (bytes: Buffer) => (socket: unknown) => {
      const head = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'
      ;(socket as { end: (bytes: Buffer) => void }).end(Buffer.concat([Buffer.from(head), bytes]))
    }
    for (const [bytes, whole] of [
      [frame, true],
      [frame.subarray(0, 11), false],
    ] as const) {
      const { engine } = await world({ ...known, UPGRADE: upgrade(bytes) as Answer })
      const chunks: Uint8Array[] = []
      const reading = (async () => {
        for await (const chunk of await engine.attach('x', never)) chunks.push(chunk)
      })()
      if (whole) await reading
      else expect((await failureOf(reading)).code).toBe('ENGINE_UNREACHABLE')
      expect(Buffer.concat(chunks).toString()).toBe(whole ? 'hello' : 'hel')
    }
  })

  it('rejects with the reason of the signal while the daemon says nothing', async () => {
    const { engine, calls } = await world({ ...known, 'POST /containers/x/wait': () => {} })
    const ending = new AbortController()
    const creating = engine.start('x', AbortSignal.abort(new Error('before')))
    await expect(creating).rejects.toThrow('before')
    const waiting = engine.wait('x', ending.signal)
    await until('it was asked', () => calls.length === 2)
    ending.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})
