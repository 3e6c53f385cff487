import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import pkg from '../../../package.json' with { type: 'json' }
import { bundleProgram } from '../../../ci/images/bundle.ts'
import { runCommand } from '../../../ci/tools/command.ts'

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const env = { PATH: process.env['PATH'] ?? '' }
const node = (...words: string[]) => runCommand(process.execPath, words, { env, signal: AbortSignal.timeout(60_000) })
/** Loads a bundle for its version, and says whether V8 took its cache: null, there is none. */
const look = `const { script } = require(process.env.BUNDLE); console.log(script.cachedDataRejected ?? null)`

describe('a bundled launcher', () => {
  let folder = ''
  let bundle = ''
  let sources: string[] = []
  const cache = () => node('--predictable', '--random-seed=1', at('ci/images/code-cache.cjs'), bundle)
  const looked = async () => {
    const words = ['-e', `process.argv = [process.argv[0], 'launcher', '--version']; ${look}`]
    const about = { env: { ...env, BUNDLE: bundle }, signal: AbortSignal.timeout(60_000) }
    return (await runCommand(process.execPath, words, about)).trim().split('\n')
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundle-'))
    bundle = join(folder, 'launcher.cjs')
    sources = await bundleProgram(at('launcher/bin.js'), bundle)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('starts without a code cache, out of one, and past one that is not its own', async () => {
    await rm(`${join(folder, 'launcher.js')}.cache`, { force: true })
    expect(await looked()).toEqual(['null', pkg.version])
    await cache()
    expect(await looked()).toEqual(['false', pkg.version])
    await writeFile(`${join(folder, 'launcher.js')}.cache`, 'rubbish')
    expect(await looked()).toEqual(['true', pkg.version])
  })

  it('has the same code cache each time that it is made', async () => {
    await cache()
    const first = await readFile(join(folder, 'launcher.js.cache'))
    await cache()
    expect((await readFile(join(folder, 'launcher.js.cache'))).equals(first)).toBe(true)
  })

  it('is started by its name, as a program', async () => {
    await chmod(bundle, 0o755)
    const said = await runCommand(bundle, ['--version'], { env, signal: AbortSignal.timeout(60_000) })
    expect(said).toBe(`${pkg.version}\n`)
  })

  it('has no code of what it never uses', () => {
    const packages = new Set(sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []))
    expect(packages).toContain('dockerode')
    expect(packages).toContain('mqtt')
    for (const left of ['ssh2', '@grpc/grpc-js', 'protobufjs', 'socks', 'undici']) expect(packages).not.toContain(left)
  })

  it('verifies signatures out of a file beside it', async () => {
    const program = join(folder, 'verifies.js')
    const [signature, key] = ['signature', 'opentofu-key'].map((name) => at(`launcher/src/tools/${name}.ts`))
    await writeFile(
      program,
      `import { isSigned } from ${JSON.stringify(signature)}
import { opentofuKey } from ${JSON.stringify(key)}
isSigned(Buffer.from('x'), Buffer.from('x'), opentofuKey).then((is) => process.stdout.write(String(is)))\n`,
    )
    const outfile = join(folder, 'verifying.cjs')
    await bundleProgram(program, outfile)
    expect(await node(outfile)).toBe('false')
  })

  it('keeps what is rarely needed beside it, and finds it there', async () => {
    const text = await readFile(join(folder, 'launcher.js'), 'utf8')
    expect(text).not.toContain('GetAuthorizationToken"')
    expect(sources.some((source) => source.includes('node_modules/@aws-sdk/client-ecr/'))).toBe(true)
    const program = join(folder, 'asks.js')
    const way = '{ outbound: { proxy: {}, authorities: [] }, signal: new AbortController().signal }'
    const say = '({ message }) => process.stdout.write(message)'
    const asking = `import { ecrLogin } from ${JSON.stringify(at('launcher/src/engine/ecr.ts'))}
ecrLogin('eu-west-1', ${way}).catch(${say})\n`
    await writeFile(program, asking)
    const outfile = join(folder, 'asking.cjs')
    await bundleProgram(program, outfile)
    const account = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_MAX_ATTEMPTS: '1' }
    const about = { env: { ...env, ...account, AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:9' } }
    const said = await runCommand(process.execPath, [outfile], { ...about, signal: AbortSignal.timeout(60_000) })
    expect(said).toMatch(
      /^cannot find the registry's credentials: Amazon ECR in eu-west-1 gave no token: .*ECONNREFUSED/,
    )
  })

  it('finds beside it what a broker over WebSockets needs, and carries nothing of it', async () => {
    expect(await readFile(join(folder, 'launcher.js'), 'utf8')).not.toContain('Sec-WebSocket-Key')
    const program = join(folder, 'dials.js')
    const where = "{ endpoint: 'wss://127.0.0.1:9/mqtt', identity: {}, proxy: {} }"
    const asking = `import { dial } from ${JSON.stringify(at('launcher/src/control/dial.ts'))}
dial(${where}, new AbortController().signal).catch(({ code }) => process.stdout.write(code))\n`
    await writeFile(program, asking)
    const outfile = join(folder, 'dialling.cjs')
    await bundleProgram(program, outfile)
    expect(await node(outfile)).toBe('ECONNREFUSED')
  })

  it('names what was left out as soon as it is used', async () => {
    const program = join(folder, 'uses.js')
    const use = `try { new ssh.Client() } catch (error) { process.stdout.write(error.message) }`
    await writeFile(program, `import ssh from 'ssh2'\n${use}\n`)
    const outfile = join(folder, 'bundled.cjs')
    await bundleProgram(program, outfile)
    expect(await node(outfile)).toBe('ssh2 is not part of this program')
  })
})
