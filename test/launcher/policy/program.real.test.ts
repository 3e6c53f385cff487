import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { FakeControlPlane, makeCertificates } from '../../fakes/control-plane.ts'
import { idleEngine } from '../../fakes/idle-engine.ts'
import { until } from '../../fakes/until.ts'
import '../../support/provided.ts'

/*
 * The launcher as a process, with a policy.
 */
const bin = new URL('../../../launcher/bin.js', import.meta.url).pathname
const places: { directory: string } = { directory: '' }
beforeAll(async () => void (places.directory = await mkdtemp(join(tmpdir(), 'program-'))))
afterAll(() => rm(places.directory, { recursive: true }))

const file = async (name: string, content: string) => {
  const path = join(places.directory, name)
  await writeFile(path, content)
  return path
}
const start = (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { PATH = '' } = process.env
  return spawn(process.execPath, [bin, ...words], {
    env: { PATH, SPACELIFT_LAUNCHER_OPA: inject('opa'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
const ended = async (child: ReturnType<typeof start>) => {
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}
const startPlane = async () => {
  const plane = await FakeControlPlane.start({ certificates: makeCertificates() })
  return { env: plane.env, workers: plane.workers, [Symbol.asyncDispose]: () => plane.close() }
}
const denying = 'package spacelift\n\ndeny contains "no" if input.bad\n\ndeny contains "never" if input.worse\n'
const open = 'package spacelift\n\ndeny contains "no" if input.run.user_provided_metadata[0] == "bad"\n'

describe('policy test', () => {
  it('prints the messages and exits with 1 if the policy denies', async () => {
    const words = [
      'policy',
      'test',
      await file('p.rego', denying),
      await file('bad.json', '{"bad": true, "worse": true}'),
    ]
    expect(await ended(start(words))).toEqual({ code: 1, stdout: 'never\nno\n', stderr: '' })
  })

  it('prints nothing and exits with 0 if it allows', async () => {
    const words = ['policy', 'test', await file('p.rego', denying), await file('good.json', '{}')]
    expect(await ended(start(words))).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('exits with 78 for a policy, an input or a setting that cannot be used', async () => {
    const [good, broken] = [await file('p.rego', denying), await file('broken.rego', 'package spacelift\n\ndeny {')]
    const [json, rubbish] = [await file('good.json', '{}'), await file('rubbish.json', '{')]
    const first = await ended(start(['policy', 'test', broken, json]))
    expect(first).toMatchObject({
      code: 78,
      stdout: '',
      stderr: expect.stringContaining(`${broken}:3:6: rego_parse_error`) as string,
    })
    const second = await ended(start(['policy', 'test', good, rubbish]))
    expect(second).toMatchObject({ code: 78, stderr: expect.stringContaining(`${rubbish} is no JSON`) as string })
    const third = await ended(start(['policy', 'test', good, json], { SPACELIFT_LAUNCHER_POLICY_EXEC: 'perhaps' }))
    expect(third).toEqual({
      code: 78,
      stdout: '',
      stderr: 'SPACELIFT_LAUNCHER_POLICY_EXEC: expected true or false, got "perhaps"\n',
    })
  })

  it('says how it is used', async () => {
    expect(await ended(start(['policy', 'try']))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('policy test POLICY.rego INPUT.json') as string,
    })
  })
})

describe('a launcher that starts', () => {
  it('exits with 78 and the compiler words for a policy that is not valid, before it registers', async () => {
    await using plane = await startPlane()
    const policy = await file('broken.rego', 'package spacelift\n\ndeny {')
    const env = {
      ...plane.env,
      SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY: policy,
      SPACELIFT_LAUNCHER_DIRECTORY: places.directory,
    }
    const { code, stderr } = await ended(start([], env))
    expect(code).toBe(78)
    expect(stderr).toContain(`${policy}:3:6: rego_parse_error`)
    expect(plane.workers.size).toBe(0)
  })

  it('warns of a policy that allows runs without metadata, and works', async () => {
    await using plane = await startPlane()
    const engine = idleEngine().listen(0, '127.0.0.1')
    await once(engine, 'listening')
    const child = start([], {
      ...plane.env,
      DOCKER_HOST: `tcp://127.0.0.1:${(engine.address() as AddressInfo).port}`,
      SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY: await file('open.rego', open),
      SPACELIFT_LAUNCHER_DIRECTORY: join(places.directory, 'launcher'),
      SPACELIFT_LAUNCHER_HEALTH_PORT: '0',
    })
    const said: string[] = []
    child.stdout.on('data', (data: Buffer) => said.push(data.toString()))
    try {
      await until('ready', () => said.join('').includes('launcher ready'))
      expect(said.join('')).toMatch(
        /"level":"warn".*open\.rego reads user_provided_metadata and allows a run that has none/,
      )
    } finally {
      child.kill('SIGTERM')
      await once(child, 'close')
      engine.closeAllConnections()
      engine.close()
    }
  })
})

it('`check` says whether opa accepts the policy', async () => {
  await using plane = await startPlane()
  const policyOf = async (path: string) => {
    const env = { ...plane.env, SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY: path }
    const { code, stdout } = await ended(start(['check', '--json'], { ...env, DOCKER_HOST: 'unix:///nowhere.sock' }))
    const { farEnds } = JSON.parse(stdout) as { farEnds: { name: string }[] }
    return [code, farEnds.find(({ name }) => name === 'policy')]
  }
  const good = { ok: true, detail: 'opa accepts it as Rego v1' }
  expect(await policyOf(await file('p.rego', denying))).toMatchObject([78, good])
  const bad = { ok: false, detail: expect.stringContaining('rego_parse_error') as string }
  expect(await policyOf(await file('broken.rego', 'package spacelift\n\ndeny {'))).toMatchObject([78, bad])
})

it('the network is reached only if that is allowed', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.setHeader('content-type', 'application/json').end('{"ok": false}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ask`
    const policy = await file(
      'http.rego',
      `package spacelift\n\ndeny contains "asked" if not http.send({"method": "get", "url": "${address}"}).body.ok\n`,
    )
    const words = ['policy', 'test', policy, await file('good.json', '{}')]
    expect((await ended(start(words))).code).toBe(78)
    expect(asked).toEqual([])
    const allowed = await ended(start(words, { SPACELIFT_LAUNCHER_POLICY_HTTP: 'true' }))
    expect([allowed.stdout, asked]).toEqual(['asked\n', ['/ask']])
  } finally {
    server.close()
  }
})
