import type { DeclaredSource } from './definition.ts'
import { isScalar, type Reading } from './reading.ts'
import type { Tree } from './yaml-tree.ts'

const here: DeclaredSource = { kind: 'directory', directory: '.' }

/** `source`: `{directory: path}`, `{git: {url, ref, commit}}`, `{git: url}` or `none`; the YAML's own directory if it is not there. */
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

/** What git fetches over the network. Other transports run programs or read the worker's disk, and `-` would be an option. */
const addresses = /^(?:(?:https?|ssh|git):\/\/[^\s-][^\s]*|[\w.][\w.-]*@[\w.][\w.-]*:[^\s]+)$/

const branch = /^(?!.*\.\.)[^\s~^:?*[\\-][^\s~^:?*[\\]*$/
const hash = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/

function readGit(reading: Reading, tree: Tree | undefined): DeclaredSource {
  const short = isScalar(tree) && tree.value !== null
  const fields = short ? new Map([['url', tree]]) : reading.fields(tree, 'source.git', ['url', 'ref', 'commit'])
  const matching = (name: string, pattern: RegExp, expected: string) => {
    const text = reading.text(fields.get(name), `source.git.${name}`)
    if (text !== null && !pattern.test(text)) reading.refuse(`source.git.${name}`, `expected ${expected}`)
    return text
  }
  if (!fields.has('url')) reading.refuse('source.git.url', 'is missing')
  return {
    kind: 'git',
    url: matching('url', addresses, 'https://…, http://…, ssh://…, git://… or user@host:path') ?? '',
    ref: matching('ref', branch, 'the name of a branch or tag'),
    commit: matching('commit', hash, 'a whole commit hash, 40 or 64 hexadecimal digits in lower case'),
  }
}
