import { execFile, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Repositories behind HTTP, as a forge serves them: by git's own CGI program (gitprotocol-http(5), git-http-backend(1)). */
export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, or with `https`. */
  readonly address: string
}

/** What a server insists on. */
export interface GitServerOptions {
  /** Whom it lets in, as `name:password`; missing: everybody. */
  readonly account?: string
  /** Missing: it speaks plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Is told of every request, and holds it until it resolves. */
  readonly asked?: (request: IncomingMessage) => Promise<void>
}

/** Serves every repository below `root`, read-only. */
export async function serveGit(root: string, options: GitServerOptions = {}): Promise<GitServer> {
  const { stdout: place } = await run('git', ['--exec-path'])
  const backend = join(place.trim(), 'git-http-backend')
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    await options.asked?.(request)
    if (isLetIn(request, options.account)) await answer(backend, root, { request, response })
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
  }
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void listener(request, response).catch((error: unknown) => response.destroy(error as Error))
  const server = options.tls ? createSecureServer(options.tls, handle) : createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `${options.tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isLetIn(request: IncomingMessage, account: string | undefined): boolean {
  const [, given = ''] = request.headers.authorization?.split(' ') ?? []
  return account === undefined || Buffer.from(given, 'base64').toString() === account
}

/** One call of a CGI program (RFC 3875). */
async function answer(
  backend: string,
  root: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '', 'http://localhost')
  const env = {
    PATH: process.env['PATH'],
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(pathname),
    QUERY_STRING: search.slice(1),
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
  }
  const child = spawn(backend, [], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  request.pipe(child.stdin)
  child.stdin.on('error', () => undefined)
  const said = await buffer(child.stdout)
  const end = said.indexOf('\r\n\r\n')
  const headers = said
    .subarray(0, end)
    .toString()
    .split('\r\n')
    .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
  const status = Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10)
  response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')))
  response.end(said.subarray(end + 4))
}

/** Runs git in a repository, as somebody who needs no configuration. */
export async function git(repository: string, ...words: string[]): Promise<string> {
  const who = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org', GIT_CONFIG_GLOBAL: '/dev/null' }
  const env = { ...process.env, ...who, GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' }
  return (await run('git', words, { cwd: repository, env })).stdout.trim()
}

/** Makes a commit of these files in a repository, which is made first, on the branch `main`, if need be; answers the commit. */
export async function commitFiles(repository: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(repository, { recursive: true })
  await git(repository, 'init', '--quiet', '--initial-branch=main')
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(repository, path)), { recursive: true })
    await writeFile(join(repository, path), content)
  }
  await git(repository, 'add', '--all')
  await git(repository, 'commit', '--quiet', '--message', 'a change')
  return await git(repository, 'rev-parse', 'HEAD')
}
