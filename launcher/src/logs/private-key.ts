/** What the header of a private key begins with, in PEM and PGP alike. */
export const keyStart = '-----BEGIN '

/** Longest private key whose end is waited for, in bytes. */
export const maxKeyBytes = 64 * 1024

/** Longest line of one. */
export const maxKeyLineBytes = 16 * 1024

/** Longest header: `-----BEGIN `, words, `-----`. */
const maxHeaderBytes = 80

const header = /^-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----/
const beginsLikeHeader = /^-----BEGIN [A-Z0-9 ]*-{0,5}$/
const ending = /-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----/
const armour = /^(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID): /

/** Length of the header that stands here, 0 if it is none; null while bytes that say so are missing. */
export function keyHeader(bytes: Buffer): number | null {
  const text = bytes.toString('latin1', 0, maxHeaderBytes)
  const found = header.exec(text)
  if (found) return found[0].length
  return bytes.length < maxHeaderBytes && beginsLikeHeader.test(text) ? null : 0
}

/** A line of a key as it was printed. */
export interface KeyLine {
  readonly text: string
  /** Bytes up to the beginning of the next line. */
  readonly length: number
}

/** The line that stands here, to its line end, which JSON may have escaped; null while that is missing. `isEnd`: nothing follows. */
export function keyLine(bytes: Buffer, isEnd: boolean): KeyLine | null {
  const text = bytes.toString('latin1', 0, maxKeyLineBytes)
  const end = /\\?\n|\\n/.exec(text)
  if (end) return { text: text.slice(0, end.index), length: end.index + end[0].length }
  return isEnd || bytes.length >= maxKeyLineBytes ? { text, length: text.length } : null
}

/** Bytes of a line up to the end of a key's footer in it; 0 if there is none. */
export function keyFooter(text: string): number {
  const found = ending.exec(text)
  return found ? found.index + found[0].length : 0
}

/**
 * Whether this may be a line of a key: base64, or a field of its head; indented, quoted or behind a diff's sign. `isFirst`: what
 * stands on the header's own line behind it, which is nothing.
 */
export function isKeyLine(text: string, isFirst: boolean): boolean {
  if (isFirst) return /^[\s"',\\]*$/.test(text)
  const bare = text.replace(/^[\s|>+~"'-]+/, '').replace(/[\s"',\\]+$/, '')
  return /^[A-Za-z0-9+/=]*$/.test(bare) || armour.test(bare)
}
