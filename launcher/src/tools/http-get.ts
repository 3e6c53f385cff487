import { Agent as PlainAgent, request as openPlain, type IncomingMessage } from 'node:http'
import { Agent, request as open } from 'node:https'
import { agentOptions, type Outbound } from '../base/outbound.ts'

/** How long a proxy may take for a tunnel, in milliseconds. */
const tunnelMs = 60_000
/** As many as browsers and `fetch` follow. */
const maxRedirects = 20

/**
 * Gets an address by Node's own client, through the proxy that is set for it, and follows where it is sent on; resolves with
 * the head of the last answer, whatever its status. From HTTPS it is sent nowhere else. Rejects with the connection's error
 * or the signal's reason, also in the body.
 */
export async function httpGet(
  url: string,
  { outbound, signal }: { readonly outbound: Outbound; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  let at = new URL(url)
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const answer = await answered(at, outbound, signal)
    const { location } = answer.headers
    if (!isRedirect(answer.statusCode) || location === undefined) return answer
    answer.destroy()
    const next = URL.parse(location, at.href)
    if (next === null || next.protocol !== (at.protocol === 'https:' ? 'https:' : next.protocol))
      throw new Error(`it is sent on to ${next?.protocol ?? 'no address'}, where this launcher does not follow`)
    at = next
  }
  throw new Error(`it is sent on more than ${maxRedirects} times`)
}

function answered(url: URL, outbound: Outbound, signal: AbortSignal): Promise<IncomingMessage> {
  const options = agentOptions(outbound)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request =
    url.protocol === 'https:'
      ? open(url, { agent: new Agent(options), signal, timeout: tunnelMs })
      : openPlain(url, { agent: new PlainAgent(options), signal, timeout: tunnelMs })
  // While a proxy makes its tunnel, a request that is ended says nothing.
  const aborted = () => reject(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })
  request.on('close', () => signal.removeEventListener('abort', aborted))
  request.on('response', resolve)
  request.on('error', (error) => reject(signal.aborted ? signal.reason : error))
  request.end()
  return promise
}

function isRedirect(status: number | undefined): boolean {
  return status !== undefined && [301, 302, 303, 307, 308].includes(status)
}
