import type * as Yaml from 'yaml'
import type { Document, LineCounter, Pair } from 'yaml'

/** A YAML value that knows its line. `text` is as it was written: `1.10` is a version, not a number. */
export type Lined =
  | { readonly kind: 'text'; readonly line: number; readonly text: string }
  | { readonly kind: 'nothing'; readonly line: number }
  | { readonly kind: 'list'; readonly line: number; readonly items: readonly Lined[] }
  | { readonly kind: 'map'; readonly line: number; readonly entries: ReadonlyMap<string, Lined> }

/** Aliases can make a small text a large tree, or one without an end: each counts as a hundred values. */
const maxNodes = 50_000
const maxDepth = 50

/** Reads a YAML text, with anchors and merge keys (`<<`). Throws an Error that says what is wrong, and in which line. */
export async function readLines(text: string): Promise<Lined> {
  // Only here: most launchers never read one, and what reads it is as large as a tenth of the rest.
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: 'silent',
  })
  const [error] = document.errors
  if (error) throw new Error(`line ${lines.linePos(error.pos[0]).line}: ${error.message}`)
  return new Walk({ yaml, lines, document }).of(document.contents)
}

interface WalkParts {
  readonly yaml: typeof Yaml
  readonly lines: LineCounter
  readonly document: Document
}

class Walk {
  readonly #parts: WalkParts
  #left = maxNodes

  constructor(parts: WalkParts) {
    this.#parts = parts
  }

  of(node: unknown, depth = 0): Lined {
    const { yaml, document } = this.#parts
    this.#count(yaml.isAlias(node) ? 100 : 1, depth)
    if (yaml.isAlias(node)) return this.of(node.resolve(document), depth + 1)
    const line = this.#lineOf(node)
    if (yaml.isMap(node)) return { kind: 'map', line, entries: this.#entries(node.items, depth + 1) }
    if (yaml.isSeq(node)) return { kind: 'list', line, items: node.items.map((item) => this.of(item, depth + 1)) }
    const text = yaml.isScalar(node) ? textOf(node) : null
    return text === null ? { kind: 'nothing', line } : { kind: 'text', line, text }
  }

  #count(values: number, depth: number): void {
    this.#left -= values
    if (this.#left >= 0 && depth <= maxDepth) return
    throw new Error(`more than ${maxNodes} values, or more than ${maxDepth} in one another`)
  }

  #lineOf(node: unknown): number {
    const { yaml, lines } = this.#parts
    return yaml.isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1
  }

  /** What a map says itself goes before what it merges; of several that it merges, the first one. */
  #entries(pairs: readonly Pair[], depth: number): Map<string, Lined> {
    const own = new Map<string, Lined>()
    const merged: Lined[] = []
    for (const { key, value } of pairs) {
      const name = this.of(key, depth)
      if (name.kind !== 'text') throw new Error(`line ${name.line}: expected a name before the colon`)
      if (name.text === '<<') merged.push(this.of(value, depth))
      else own.set(name.text, atLeast(this.of(value, depth), name.line))
    }
    for (const source of merged.flatMap((one) => (one.kind === 'list' ? one.items : [one]))) {
      if (source.kind !== 'map') throw new Error(`line ${source.line}: << takes a map, or a list of maps`)
      for (const [name, value] of source.entries) if (!own.has(name)) own.set(name, value)
    }
    return own
  }
}

function textOf({ value, source }: Yaml.Scalar): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : (source ?? JSON.stringify(value))
}

/** A value that is not there is where its name is. */
function atLeast(value: Lined, line: number): Lined {
  return value.kind === 'nothing' ? { ...value, line } : value
}
