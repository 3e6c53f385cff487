/** Longest UTF-8 sequence (RFC 3629). */
const longest = 4

/**
 * The bytes without a character at their end that is not whole yet. What is not UTF-8 at all stays: more bytes would not help it.
 */
export function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back < longest && back <= bytes.byteLength; back++) {
    const byte = bytes[bytes.byteLength - back] ?? 0
    if (isContinuation(byte)) continue
    return sequenceLength(byte) > back ? bytes.subarray(0, bytes.byteLength - back) : bytes
  }
  return bytes
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0
}

/** How many bytes a sequence has that begins with this one. */
function sequenceLength(first: number): number {
  if (first >= 0xc2 && first < 0xe0) return 2
  if (first >= 0xe0 && first < 0xf0) return 3
  return first >= 0xf0 && first < 0xf5 ? 4 : 1
}
