import type { GitSource } from './definition.ts'
import { readGitCredentials } from './read-git-credentials.ts'
import { isScalar, type Reading } from './reading.ts'
import type { Tree } from './yaml-tree.ts'

/** What git fetches over the network. Other transports run programs or read the worker's disk, and `-` would be an option. */
const addresses = /^(?:(?:https?|ssh|git):\/\/[^\s-][^\s]*|[\w.][\w.-]*@[\w.][\w.-]*:[^\s]+)$/

const branch = /^(?!.*\.\.)[^\s~^:?*[\\-][^\s~^:?*[\\]*$/
const hash = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const keys = ['url', 'ref', 'commit', 'submodules', 'vcs_pool', 'credentials']

/** `{url, ref, commit, submodules, vcs_pool, credentials}`, or the address alone. */
export function readGit(reading: Reading, tree: Tree | undefined): GitSource {
  const short = isScalar(tree) && tree.value !== null
  const fields = short ? new Map([['url', tree]]) : reading.fields(tree, 'source.git', keys)
  const matching = (name: string, pattern: RegExp, expected: string) => {
    const text = reading.text(fields.get(name), `source.git.${name}`)
    if (text !== null && !pattern.test(text)) reading.refuse(`source.git.${name}`, `expected ${expected}`)
    return text
  }
  if (!fields.has('url')) reading.refuse('source.git.url', 'is missing')
  const url = matching('url', addresses, 'https://…, http://…, ssh://…, git://… or user@host:path') ?? ''
  const vcsPool = matching('vcs_pool', /^\P{Cc}{1,200}$/u, 'the name of a VCS agent pool')
  const credentials = readGitCredentials(reading, fields.get('credentials'), url)
  return {
    kind: 'git',
    url,
    ref: matching('ref', branch, 'the name of a branch or tag'),
    commit: matching('commit', hash, 'a whole commit hash, 40 or 64 hexadecimal digits in lower case'),
    ...(reading.flag(fields.get('submodules'), 'source.git.submodules', false) && { submodules: true }),
    ...(vcsPool !== null && { vcsPool }),
    ...(credentials !== null && { credentials }),
  }
}
