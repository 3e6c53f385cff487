import type { DeclaredSource } from './definition.ts'
import { readGit } from './read-git.ts'
import { isScalar, type Reading } from './reading.ts'
import type { Tree } from './yaml-tree.ts'

const here: DeclaredSource = { kind: 'directory', directory: '.' }

/** `source`: `{directory: path}`, `{git: {url, …}}`, `{git: url}` or `none`; the YAML's own directory if it is not there. */
export function readSource(reading: Reading, tree: Tree | undefined): DeclaredSource {
  if (tree === undefined) return here
  if (isScalar(tree)) {
    if (tree.value === null || tree.text === 'none') return { kind: 'none' }
    reading.refuse('source', 'expected {directory: path}, {git: {url: address}} or none')
    return here
  }
  const fields = reading.fields(tree, 'source', ['directory', 'git'])
  if (fields.size > 1) reading.refuse('source', 'expected directory or git, got both')
  if (fields.has('git')) return readGit(reading, fields.get('git'))
  return { kind: 'directory', directory: reading.text(fields.get('directory'), 'source.directory') ?? '.' }
}
