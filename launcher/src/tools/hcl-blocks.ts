/*
 * As much of HCL (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md) as it takes to see which blocks a file has:
 * comments, strings with their templates, and heredocs are passed over, so that braces and words in them count for nothing.
 */

/** A block, by the words before its brace (its type and labels), and the words before the braces around it, outermost first. */
export interface HclBlock {
  readonly header: readonly string[]
  readonly within: readonly (readonly string[])[]
}

type Token = {
  readonly kind: 'word' | 'line' | 'open' | 'close' | 'other'
  readonly text: string
  readonly end: number
}

/** Every brace that opens something in a text, with the words before it. Total: a text that is not HCL gives some blocks or none. */
export function* hclBlocks(text: string): Generator<HclBlock> {
  const within: string[][] = []
  let header: string[] = []
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at)
    at = token.end
    if (token.kind === 'open') {
      yield { header, within: [...within] }
      within.push(header)
    }
    if (token.kind === 'close') within.pop()
    if (token.kind === 'word') header.push(token.text)
    else if (token.kind === 'other' && token.text.trim() !== '') header.push('')
    else if (token.kind !== 'other') header = []
  }
}

const word = /[\p{L}_][\p{L}\p{N}_-]*/uy
const heredoc = /<<-?([\p{L}_][\p{L}\p{N}_-]*)\r?\n/uy

/** The token at a place; a quoted string is a word, and a comment counts as white space. */
function tokenAt(text: string, at: number): Token {
  const two = text.slice(at, at + 2)
  const one = two.slice(0, 1)
  if (one === '\n') return { kind: 'line', text: one, end: at + 1 }
  if (one === '{') return { kind: 'open', text: one, end: at + 1 }
  if (one === '}') return { kind: 'close', text: one, end: at + 1 }
  if (one === '#' || two === '//') return { kind: 'other', text: '', end: before(text, '\n', at) }
  if (two === '/*') return { kind: 'other', text: '', end: behind(text, '*/', at + 2) }
  if (one === '"') return quoted(text, at)
  if (two === '<<') return { kind: 'other', text: '=', end: heredocEnd(text, at) }
  const found = match(word, text, at)
  if (found) return { kind: 'word', text: found[0], end: at + found[0].length }
  return { kind: 'other', text: one, end: at + 1 }
}

function quoted(text: string, at: number): Token {
  const end = stringEnd(text, at)
  return { kind: 'word', text: text.slice(at + 1, end - 1), end }
}

/** Behind the quote that ends the string that begins at `at`. */
function stringEnd(text: string, at: number): number {
  for (let next = at + 1; next < text.length; ) {
    const two = text.slice(next, next + 2)
    if (two.startsWith('"') || two.startsWith('\n')) return next + 1
    if (two === '${' || two === '%{') next = templateEnd(text, next + 2)
    // `$${` and `%%{` are a dollar or percent sign and a brace.
    else if (two === '$$' || two === '%%') next += text[next + 2] === '{' ? 3 : 1
    else next += two.startsWith('\\') ? 2 : 1
  }
  return text.length
}

/** Behind the brace that ends the template sequence whose inside begins at `at`. */
function templateEnd(text: string, at: number): number {
  let depth = 1
  for (let next = at; next < text.length; ) {
    const token = tokenAt(text, next)
    next = token.end
    if (token.kind === 'open') depth++
    if (token.kind === 'close' && --depth === 0) return next
  }
  return text.length
}

/** Behind the marker that ends the heredoc that begins at `at`; if there is none, behind the two signs. */
function heredocEnd(text: string, at: number): number {
  const opening = match(heredoc, text, at)
  if (!opening) return at + 2
  for (let line = at + opening[0].length; line < text.length; ) {
    const end = before(text, '\n', line)
    if (text.slice(line, end).trim() === opening[1]) return end
    line = end + 1
  }
  return text.length
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  const sticky = new RegExp(pattern)
  sticky.lastIndex = at
  return sticky.exec(text)
}

function before(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from)
  return found < 0 ? text.length : found
}

function behind(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from)
  return found < 0 ? text.length : found + what.length
}
