/** What connections of TLS, HTTP and MQTT have in common. */
interface Closable {
  on(event: 'error' | 'close', listener: () => void): unknown
}

/** Resolves when a connection is closed, with or without an error before. */
export function closing(connection: Closable): Promise<void> {
  connection.on('error', () => {})
  return new Promise((resolve) => void connection.on('close', () => resolve()))
}
