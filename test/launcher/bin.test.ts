import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ThrowawayAuthority, newKey } from '../fakes/certificates.ts'
import { encodeToken } from '../../protocol/token.ts'
import { describeOptions } from '../../launcher/src/config/help.ts'
import { ulid } from 'ulid'

const bin = new URL('../../launcher/bin.js', import.meta.url).pathname
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const run = (args: string[], env: Record<string, string> = {}, program: string[] = [bin]) =>
  new Promise<Ended>((resolve) => {
    const child = execFile(process.execPath, [...program, ...args], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })

describe('spacelift-launcher', () => {
  it('says its version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('says how it is set', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    for (const { name } of describeOptions()) expect(stdout).toContain(name)
  })

  it('refuses arguments that it does not know', async () => {
    expect(await run(['--token'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'spacelift-launcher: unknown argument "--token"; see --help\n',
    })
  })

  it('says every problem of its configuration at once, one a line, and exits with 78', async () => {
    const authority = new ThrowawayAuthority()
    const until = Date.UTC(2026, 0, 2)
    const { certificate } = authority.issue({ name: 'pool', from: until - 86_400_000, until })
    const token = encodeToken({
      version: 1,
      broker: { endpoint: 'mqtts://broker.example' },
      api: { endpoint: 'https://api.example' },
      pool: { id: ulid() },
      certificate,
      authority: authority.certificate,
    })
    const key = Buffer.from(newKey().export({ type: 'pkcs8', format: 'pem' })).toString('base64')
    const { code, stdout, stderr } = await run([], {
      SPACELIFT_TOKEN: token,
      SPACELIFT_POOL_PRIVATE_KEY: key,
      SPACELIFT_LAUNCHER_RUN_TIMEOUT: '70',
      SPACELIFT_WORKER_PIDS: 'many',
      SPACELIFT_WORKER_NETWORKS: 'x',
    })
    expect(code).toBe(78)
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n')).toEqual([
      'SPACELIFT_WORKER_NETWORKS is not a setting of this launcher and changes nothing; did you mean SPACELIFT_WORKER_NETWORK?',
      'SPACELIFT_LAUNCHER_RUN_TIMEOUT: expected a duration above zero and up to 500h, such as 70m, 1h30m or 1000s, got "70"',
      'SPACELIFT_WORKER_PIDS: expected a whole number from 16 to 4194304, got "many"',
      'SPACELIFT_TOKEN: its certificate expired on 2026-01-02T00:00:00.000Z; reset the worker pool to get a new token',
      'SPACELIFT_POOL_PRIVATE_KEY does not fit the certificate in SPACELIFT_TOKEN; they come from different pools or resets',
    ])
  })

  it('names what is not set', async () => {
    const { code, stderr } = await run([])
    expect(code).toBe(78)
    expect(stderr).toBe(
      'SPACELIFT_TOKEN is not set, and neither is SPACELIFT_TOKEN_FILE. Token of the worker pool, as it was given when the pool was made.\n' +
        'SPACELIFT_POOL_PRIVATE_KEY is not set, and neither is SPACELIFT_POOL_PRIVATE_KEY_FILE. Private key of the worker pool: the whole PEM file, base64 on one line.\n',
    )
  })

  it('says in one sentence that Node is too old', async () => {
    const pretend =
      "Object.defineProperty(process.versions, 'node', { value: '18.20.4' }); await import(process.argv.at(-1))"
    const { code, stdout, stderr } = await run([bin], {}, ['--input-type=module', '-e', pretend])
    expect({ code, stdout, stderr }).toEqual({
      code: 78,
      stdout: '',
      stderr: 'spacelift-launcher needs Node.js 24 or later, and this is 18.20.4.\n',
    })
  })
})
