import { nearest } from './nearest.ts'
import type { Scalar, Tree } from './yaml-tree.ts'

/**
 * Reads a tree piece by piece and gathers what is wrong with it, so that its writer hears of everything at once. A place is named as
 * `environment[2].name`. What was found is named by its kind only, unless its place cannot hold a secret.
 */
export class Reading {
  readonly #problems: string[] = []

  get problems(): readonly string[] {
    return this.#problems
  }

  /** Notes a problem, `expected a text` for example. */
  refuse(place: string, problem: string): void {
    this.#problems.push(place === '' ? problem : `${place}: ${problem}`)
  }

  /** The fields of a map. Unknown ones are refused. */
  fields(tree: Tree | undefined, place: string, known: readonly string[]): ReadonlyMap<string, Tree> {
    const map = this.map(tree, place)
    for (const key of map.keys()) {
      if (known.includes(key)) continue
      const meant = nearest(key, known)
      const advice = meant ? `did you mean ${meant}?` : `expected ${known.join(', ')}`
      this.refuse(place === '' ? key.slice(0, 100) : `${place}.${key.slice(0, 100)}`, `unknown key, ${advice}`)
    }
    return map
  }

  /** A map with any keys; empty if it is not there. */
  map(tree: Tree | undefined, place: string): ReadonlyMap<string, Tree> {
    if (tree instanceof Map) return tree
    if (!isAbsent(tree)) this.refuse(place, `expected keys and values, got ${kindOf(tree)}`)
    return new Map()
  }

  /** A list; empty if it is not there. */
  list(tree: Tree | undefined, place: string): readonly Tree[] {
    if (isList(tree)) return tree
    if (!isAbsent(tree)) this.refuse(place, `expected a list, got ${kindOf(tree)}`)
    return []
  }

  /** A text that is not empty; null if it is not there or is something else. */
  text(tree: Tree | undefined, place: string): string | null {
    if (isAbsent(tree)) return null
    if (isScalar(tree) && typeof tree.value === 'string' && tree.text.trim() !== '') return tree.text
    this.refuse(place, `expected a text, got ${kindOf(tree)}`)
    return null
  }

  /** Any scalar as it was written; null if it is not there or is something else. */
  written(tree: Tree | undefined, place: string): string | null {
    if (tree === undefined) return null
    if (isScalar(tree)) return tree.text
    this.refuse(place, `expected a text, got ${kindOf(tree)}`)
    return null
  }

  /** True or false; `otherwise` if it is not there. */
  flag(tree: Tree | undefined, place: string, otherwise: boolean): boolean {
    if (isAbsent(tree)) return otherwise
    if (isScalar(tree) && typeof tree.value === 'boolean') return tree.value
    this.refuse(place, `expected true or false, got ${kindOf(tree)}`)
    return otherwise
  }

  /** A list of texts. */
  texts(tree: Tree | undefined, place: string): readonly string[] {
    return this.list(tree, place).flatMap((item, index) => this.text(item, `${place}[${index}]`) ?? [])
  }
}

/** Whether this is a text, number, flag or nothing. */
export function isScalar(tree: Tree | undefined): tree is Scalar {
  return tree !== undefined && !(tree instanceof Map) && !isList(tree)
}

/** Whether this is a list. */
export function isList(tree: Tree | undefined): tree is readonly Tree[] {
  return Array.isArray(tree)
}

function isAbsent(tree: Tree | undefined): tree is undefined | Scalar {
  return tree === undefined || (isScalar(tree) && tree.value === null)
}

function kindOf(tree: Tree | undefined): string {
  if (isList(tree)) return 'a list'
  if (!isScalar(tree)) return 'keys and values'
  if (typeof tree.value === 'boolean') return 'true or false'
  return tree.text.trim() === '' ? 'nothing' : 'a text'
}
