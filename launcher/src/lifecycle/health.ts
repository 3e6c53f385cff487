import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { LauncherError } from '../base/errors.ts'

/** One thing that must be so for a launcher to be ready. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  /** In a few words, what is and, if it is not well, why. */
  readonly detail: string
}

export interface HealthOptions {
  readonly port: number
  readonly checks: () => Promise<readonly Check[]>
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

interface Page {
  readonly status: number
  readonly type: string
  readonly text: string
}

/**
 * `/livez`, `/readyz` and `/metrics`. Live means only that the process answers: a broker, a daemon or a control plane that is down is never
 * mended by killing a launcher, and its job with it. Ready means that every check holds; `?verbose` lists them as JSON.
 */
export class HealthServer {
  readonly #server: Server
  readonly #options: HealthOptions

  constructor(options: HealthOptions) {
    this.#options = options
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    // A scraper that hangs must not hold the end of the process.
    this.#server.requestTimeout = 10_000
    this.#server.keepAliveTimeout = 5_000
  }

  /** Listens and answers the port. Rejects with CONFIGURATION if it cannot be had. */
  async listen(): Promise<number> {
    try {
      this.#server.listen(this.#options.port)
      await once(this.#server, 'listening')
    } catch (error) {
      const { port } = this.#options
      throw new LauncherError('CONFIGURATION', `SPACELIFT_LAUNCHER_HEALTH_PORT: cannot listen on port ${port}`, {
        cause: error,
      })
    }
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '/', 'http://launcher')
    const page = await this.#page(url?.pathname ?? '', url?.searchParams.has('verbose') ?? false)
    response.writeHead(page.status, { 'content-type': page.type }).end(request.method === 'HEAD' ? '' : page.text)
  }

  async #page(path: string, verbose: boolean): Promise<Page> {
    switch (path) {
      case '/livez':
        return plain(200, 'ok')
      case '/readyz':
        return await this.#readiness(verbose)
      case '/metrics':
        return { status: 200, ...(await this.#options.metrics()) }
      default:
        return plain(404, 'not found; there are /livez, /readyz, /readyz?verbose and /metrics')
    }
  }

  async #readiness(verbose: boolean): Promise<Page> {
    const checks = await this.#options.checks()
    const ready = checks.every((check) => check.ok)
    const status = ready ? 200 : 503
    if (verbose) return { status, type: 'application/json', text: `${JSON.stringify({ ready, checks })}\n` }
    return plain(
      status,
      ready
        ? 'ok'
        : checks
            .filter((check) => !check.ok)
            .map((check) => `${check.name}: ${check.detail}`)
            .join('\n'),
    )
  }
}

function plain(status: number, text: string): Page {
  return { status, type: 'text/plain; charset=utf-8', text: `${text}\n` }
}
