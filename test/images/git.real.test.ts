import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { beforeAll, describe, expect, it } from 'vitest'
import { ThrowawayAuthority } from '../fakes/certificates.ts'
import { commitFiles, serveGit } from '../system/git-server.ts'
import { makeBases } from './bases.ts'
import { buildOurs } from './images.ts'
import { engine, limitMs, run } from './run.ts'

/** TLS before a server of the loopback interface; answers the port. */
async function withTls(address: string, authority: ThrowawayAuthority): Promise<AsyncDisposable & { port: number }> {
  const { certificate: cert, privateKey: key } = authority.issue({ name: 'forge' })
  const server = createServer({ cert, key }, (socket) => {
    const behind = connect(Number(new URL(address).port), '127.0.0.1')
    socket.pipe(behind).pipe(socket)
    socket.on('error', () => behind.destroy())
    behind.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close }
}

describe("git in the launcher's image", () => {
  let image: string

  beforeAll(async () => {
    image = await buildOurs(engine(), { program: 'launcher', bases: await makeBases(engine()) })
  }, limitMs)

  const shell = (script: string) => run(image, 'sh', '-c', `set -e; export HOME=/tmp; cd /tmp; ${script}`)

  it('clones over HTTPS from whom it trusts, and from nobody else', async () => {
    const root = await mkdtemp(join(tmpdir(), 'forge-'))
    try {
      await commitFiles(join(root, 'stack'), { 'main.tf': '# by HTTPS\n' })
      const authority = new ThrowawayAuthority()
      await using forge = await serveGit(root)
      await using tls = await withTls(forge.address, authority)
      const clone = `git clone -q --depth 1 https://127.0.0.1:${tls.port}/stack/.git copy`
      expect(await shell(`${clone} 2>&1 || true`)).toContain('certificate verification failed')
      const trusting = `echo '${authority.certificate}' >ca.pem; GIT_SSL_CAINFO=ca.pem ${clone}; cat copy/main.tf`
      expect(await shell(trusting)).toBe('# by HTTPS\n')
    } finally {
      await rm(root, { recursive: true, force: true })
    }
  })

  it('calls ssh, which gets as far as the network', async () => {
    const said = await shell('git ls-remote ssh://git@127.0.0.1:1/stack 2>&1 || true')
    expect(said).toContain('ssh: connect to host 127.0.0.1 port 1: Connection refused')
  })

  it('clones with submodules, though it has lost its Perl', async () => {
    const said = await shell(`
      export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
      git config --global protocol.file.allow always
      for name in inner outer; do git init -q $name; git -C $name commit -q --allow-empty -m first; done
      git -C outer submodule --quiet add /tmp/inner part; git -C outer commit -q -m second
      git clone -q --recurse-submodules /tmp/outer copy 2>&1; ls copy/part/.git`)
    expect(said).toContain('copy/part/.git')
  })

  it('says what is wrong in whole sentences, though it has lost the program that filled them', async () => {
    const said = await shell('git init -q --bare x; cd x; git submodule status 2>&1 || true')
    expect(said).toMatch(/^fatal: \S*git-submodule cannot be used without a working tree\.$/m)
    const filled = await shell(
      `a=1 b_2='x y' git sh-i18n--envsubst 'as in git' <<'EOF'\n$a and \${b_2}, not $ or \${}\nEOF\ngit sh-i18n--envsubst --variables '$a \${b_2} $'`,
    )
    expect(filled).toBe('1 and x y, not $ or ${}\na\nb_2\n')
  })
})
