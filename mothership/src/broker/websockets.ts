import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { createWebSocketStream, WebSocketServer } from 'ws'

/** A client's stream of MQTT, and the TLS that it comes by. */
export type OpenedWebSocket = (stream: Duplex, socket: TLSSocket) => void

/** Turns requests for a WebSocket into streams of MQTT (OASIS MQTT 3.1.1, section 6): subprotocol `mqtt`, binary frames. */
export class WebSocketDoor {
  readonly #server: WebSocketServer
  readonly #opened: OpenedWebSocket

  constructor(maxFrameBytes: number, opened: OpenedWebSocket) {
    this.#opened = opened
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      handleProtocols: (protocols) => protocols.has('mqtt') && 'mqtt',
    })
  }

  /** Answers the request. One that does not speak `mqtt` is refused. */
  accept(request: IncomingMessage, socket: TLSSocket, head: Buffer): void {
    const offered = request.headers['sec-websocket-protocol'] ?? ''
    if (!/(^|[, ])mqtt([, ]|$)/.test(offered)) {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    // The limit of silence is HTTP's: MQTT has its own keep alive.
    socket.setTimeout(0)
    this.#server.handleUpgrade(request, socket, head, (client) => {
      const stream = createWebSocketStream(client)
      client.once('close', () => destroyRead(stream))
      this.#opened(stream, socket)
    })
  }
}

/** By itself a stream without its connection would wait for what is still to be written. What was received, such as a goodbye, is read first. */
function destroyRead(stream: Duplex): void {
  if (stream.readableEnded) stream.destroy()
  else stream.once('end', () => stream.destroy())
}
