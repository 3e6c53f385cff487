const block = 512

/** Headers that describe the entry after them: pax (x, g, X) and GNU's long names (L, K). */
const describing = new Set(Buffer.from('xgXLK'))

/** tar reads no longer descriptions than this. */
const maxDescribing = 1024 * 1024

/**
 * The same bytes, cut so that no piece ends within a description. The tar library (7.5) decodes each piece of a
 * description as UTF-8 by itself, and so damages a name whose character lies on the cut.
 */
export async function* wholeHeaders(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  let content = 0
  for await (const piece of tar) {
    held =
      held.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) : Buffer.concat([held, piece])
    const cut = safeCut(held, content)
    content = cut.content
    if (cut.at > 0) yield held.subarray(0, cut.at)
    held = held.subarray(cut.at)
  }
  if (held.length > 0) yield held
}

/**
 * How far `bytes` may be given on, and how many bytes of an entry's content are still to come after that. `content`:
 * the same before.
 */
function safeCut(bytes: Buffer, content: number): { at: number; content: number } {
  let at = 0
  let left = content
  for (;;) {
    const taken = Math.min(left, bytes.length - at)
    at += taken
    left -= taken
    if (left > 0 || bytes.length - at < block) return { at, content: left }
    const padded = Math.ceil(sizeIn(bytes.subarray(at, at + block)) / block) * block
    const describes = describing.has(bytes[at + 156] ?? 0) && padded <= maxDescribing
    if (describes && bytes.length - at < block + padded) return { at, content: 0 }
    at += block
    left = padded
  }
}

/** The size field of a header: octal digits. What is not (base 256, rubbish) only costs a cut at an unlucky place. */
function sizeIn(header: Buffer): number {
  if (header[156] === '5'.charCodeAt(0)) return 0
  const size = Number.parseInt(header.toString('latin1', 124, 136), 8)
  return Number.isSafeInteger(size) && size > 0 ? size : 0
}
