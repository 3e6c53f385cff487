import { createHash } from 'node:crypto'
import type { JobVariable } from '../../../protocol/job.ts'
import type { StackVariable, StackView } from '../graphql/services.ts'
import type { StackSource } from './definition.ts'
import type { OpenStack } from './snapshot.ts'
import type { StackRecord } from './table.ts'

/** What people and tools see of a stack. `stack` is the record's snapshot, opened: a checksum is of the value itself. */
export function viewOf(record: StackRecord, stack: OpenStack): StackView {
  const { id, name, description, labels, space, tool, image, projectRoot, autodeploy, hooks } = stack
  const { sensitiveOutputs = true, maskWellKnown = false } = stack
  return {
    id,
    name,
    description,
    labels,
    space,
    tool,
    image,
    projectRoot,
    autodeploy,
    sensitiveOutputs,
    maskWellKnown,
    hooks,
    pool: record.pool,
    managesState: stack.state !== 'elsewhere',
    source: sourceOf(record.snapshot.source),
    environment: stack.environment.map(variableOf),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  }
}

const prefixes = { both: '', read: 'ro_', write: 'wo_' } as const

/** A checksum tells whether a secret is the one that somebody has; it is of a value that nobody can guess, or that is shown anyway. */
function variableOf(variable: JobVariable): StackVariable {
  const { name, value, secret, access } = variable
  const checksum = createHash('sha256').update(value).digest('hex')
  return { name: prefixes[access] + name, value: secret ? null : value, secret, checksum }
}

function sourceOf(source: StackSource): StackView['source'] {
  if (source.kind === 'git') return { kind: 'git', url: source.url, ref: source.commit ?? source.ref, uploadedAt: null }
  if (source.kind === 'archive') return { kind: 'directory', url: null, ref: null, uploadedAt: source.uploadedAt }
  return { kind: 'none', url: null, ref: null, uploadedAt: null }
}
