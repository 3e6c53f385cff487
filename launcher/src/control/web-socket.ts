import type { Agent } from 'node:https'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocket } from 'ws'

/** Longer than any message of the protocol, and short enough to be no load. */
const maxFrameBytes = 16 * 1024

/** Opens a WebSocket for MQTT (OASIS MQTT 3.1.1, section 6). Rejects with the error of whatever failed on the way, or the signal's reason. */
export async function overWebSocket(agent: Agent, url: URL, signal: AbortSignal): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  // Compression: a message has some tens of bytes.
  const socket = new WebSocket(url, ['mqtt'], { agent, perMessageDeflate: false, maxPayload: maxFrameBytes })
  const aborted = () => reject(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })
  socket.once('open', () => {
    const stream = createWebSocketStream(socket)
    // By itself it would wait for what is still to be written.
    socket.once('close', () => stream.destroy())
    resolve(stream)
  })
  // Not `once`: what breaks later is told by the stream, and must not be thrown here as well.
  socket.on('error', reject)
  socket.once('close', () => reject(new Error('closed without a word')))
  try {
    return await promise
  } catch (error) {
    socket.terminate()
    throw error
  } finally {
    signal.removeEventListener('abort', aborted)
  }
}
