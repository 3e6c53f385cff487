import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An image registry on loopback (https://github.com/opencontainers/distribution-spec) that answers by the repository's name. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, which daemons talk to without TLS. */
  readonly host: string
}

const errors: Readonly<Record<string, { status: number; code: string }>> = {
  missing: { status: 404, code: 'MANIFEST_UNKNOWN' },
  nameless: { status: 404, code: 'NAME_UNKNOWN' },
  private: { status: 401, code: 'UNAUTHORIZED' },
  denied: { status: 403, code: 'DENIED' },
  limited: { status: 429, code: 'TOOMANYREQUESTS' },
  failing: { status: 500, code: 'UNKNOWN' },
  closed: { status: 503, code: 'UNAVAILABLE' },
}

/**
 * Repositories `missing`, `nameless`, `private`, `denied`, `limited`, `failing` and `closed` answer so; `good` holds an image
 * of one file; `damaged` has the same with a layer whose bytes are not what its name says; `torn` ends the connection in the
 * middle of the layer, always.
 */
export async function startRegistry(): Promise<Registry> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const [, , repository = '', kind = '', name = ''] = (request.url ?? '').split('/')
  const error = errors[repository]
  if (kind === '') response.writeHead(200).end('{}')
  else if (error) refuse(response, error)
  else give(request, response, { kind, name, repository })
}

function refuse(response: ServerResponse, error: { status: number; code: string }): void {
  response.writeHead(error.status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ errors: [{ code: error.code, message: 'as the test wants it' }] }))
}

function give(
  request: IncomingMessage,
  response: ServerResponse,
  wanted: { kind: string; name: string; repository: string },
): void {
  const image = tinyImage(wanted.repository)
  const isLayer = wanted.name === digest(image.layer)
  const bytes = wanted.kind === 'manifests' ? image.manifest : isLayer ? image.layer : image.config
  const type = wanted.kind === 'manifests' ? manifestType : 'application/octet-stream'
  if (isLayer && wanted.repository === 'damaged') bytes.fill('x')
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length })
  if (request.method === 'HEAD') response.end()
  else if (!isLayer || wanted.repository !== 'torn') response.end(bytes)
  else response.write(bytes.subarray(0, 100), () => request.socket.destroy())
}

const started = process.hrtime.bigint()
export const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'

/** Every repository has a file of its own, so that no daemon has seen its layer in another one's. */
export function tinyImage(repository: string) {
  const layer = tarOf('hello.txt', Buffer.from(`${repository} ${started}\n`))
  const rootfs = { type: 'layers', diff_ids: [digest(layer)] }
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs }))
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.length,
        digest: digest(config),
      },
      layers: [
        { mediaType: 'application/vnd.docker.image.rootfs.diff.tar', size: layer.length, digest: digest(layer) },
      ],
    }),
  )
  return { layer, config, manifest }
}

/** A tar of one file, in the oldest format that there is. */
function tarOf(name: string, bytes: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, bytes, Buffer.alloc(512 - bytes.length + 1024)])
}

export function digest(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
