import type { StackDefinition } from './definition.ts'
import type { Reading } from './reading.ts'
import type { Tree } from './yaml-tree.ts'

type Belonging = Pick<StackDefinition, 'space' | 'repository' | 'branch' | 'oidcAudience'>

/** `space`, `repository`, `branch` and `oidc: {audience}`: what a stack belongs to, for runs, policies and clouds to see. */
export function readBelonging(reading: Reading, fields: ReadonlyMap<string, Tree>): Belonging {
  const matching = (name: string, pattern: RegExp, expected: string) => {
    const text = reading.text(fields.get(name), name)
    if (text !== null && !pattern.test(text)) reading.refuse(name, `expected ${expected}`)
    return text
  }
  const oidc = reading.fields(fields.get('oidc'), 'oidc', ['audience'])
  const audience = reading.text(oidc.get('audience'), 'oidc.audience')
  if (audience !== null && /[\s\p{Cc}]/u.test(audience)) {
    reading.refuse('oidc.audience', 'expected a name or an address without white space')
  }
  return {
    space: matching('space', /^[A-Za-z0-9][\w.-]{0,99}$/, 'letters, digits, _, - and .') ?? 'root',
    repository: matching('repository', /^[\w.-]+(\/[\w.-]+)+$/, 'an owner and a name, such as acme/network'),
    branch: matching('branch', /^(?!-)(?!.*\.\.)[^\s~^:?*[\\]+$/, 'the name of a branch'),
    oidcAudience: audience,
  }
}
