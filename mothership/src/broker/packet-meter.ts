/**
 * Watches the lengths of the MQTT control packets in a stream of bytes (MQTT 3.1.1, 2.2), because aedes collects a packet of any length that
 * its header promises, up to 256 MiB, before it looks at it.
 */
export class PacketMeter {
  readonly #maxBytes: number
  /** Bytes of the present packet that are still to come, or `header` where the next packet begins. */
  #left: number | 'header' | 'length' = 'header'
  #length = 0
  #scale = 1

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes the next bytes. False from the first packet on that is longer than allowed, or whose length is not one. */
  take(bytes: Uint8Array): boolean {
    let at = 0
    while (at < bytes.length) {
      if (typeof this.#left === 'number') {
        const step = Math.min(this.#left, bytes.length - at)
        at += step
        this.#left = this.#left === step ? 'header' : this.#left - step
      } else if (!this.#takeHeaderByte(bytes[at++] ?? 0)) return false
    }
    return true
  }

  #takeHeaderByte(byte: number): boolean {
    if (this.#left === 'header') {
      this.#left = 'length'
      this.#length = 0
      this.#scale = 1
      return true
    }
    this.#length += (byte & 0x7f) * this.#scale
    this.#scale *= 128
    if (this.#length > this.#maxBytes || this.#scale > 128 ** 4) return false
    if ((byte & 0x80) === 0) this.#left = this.#length === 0 ? 'header' : this.#length
    return true
  }
}
