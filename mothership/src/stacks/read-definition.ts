import { type HookName, hookNames } from '../../../protocol/job.ts'
import { stackIdPattern } from '../../../protocol/ids.ts'
import { Refusal } from '../base/errors.ts'
import type { StackDefinition, StateKeeping } from './definition.ts'
import { readEnvironment } from './read-environment.ts'
import { readBelonging } from './read-belonging.ts'
import { readFiles } from './read-files.ts'
import { readSource } from './read-source.ts'
import { readTool } from './read-tool.ts'
import { isScalar, Reading } from './reading.ts'
import { relativePath } from './relative-path.ts'
import { slugOf } from './slug.ts'
import { parseYaml, type Tree } from './yaml-tree.ts'

const keys = [
  'name',
  'id',
  'description',
  'labels',
  'pool',
  'tool',
  'image',
  'project_root',
  'source',
  'environment',
  'files',
  'hooks',
  'autodeploy',
  'sensitive_output_upload',
  'well_known_secret_masking',
  'state',
  'space',
  'repository',
  'branch',
  'oidc',
]

const maxNameLength = 200
const maxShownProblems = 50

/** Reads a stack's YAML. Throws the Refusal `bad-request` with all that is wrong, and nothing else; no problem quotes a secret. */
export function readDefinition(yaml: string): StackDefinition {
  const parsed = parseYaml(yaml)
  if (!parsed.ok) throw refused(parsed.problems)
  const reading = new Reading()
  const fields = reading.fields(parsed.tree, '', keys)
  const definition = {
    ...readIdentity(reading, fields),
    description: reading.text(fields.get('description'), 'description'),
    labels: [...new Set(reading.texts(fields.get('labels'), 'labels'))],
    pool: reading.text(fields.get('pool'), 'pool'),
    tool: readTool(reading, fields.get('tool')),
    image: readImage(reading, fields.get('image')),
    projectRoot: readProjectRoot(reading, fields.get('project_root')),
    source: readSource(reading, fields.get('source')),
    environment: readEnvironment(reading, fields.get('environment')),
    files: readFiles(reading, fields.get('files')),
    hooks: readHooks(reading, fields.get('hooks')),
    autodeploy: reading.flag(fields.get('autodeploy'), 'autodeploy', false),
    sensitiveOutputs: reading.flag(fields.get('sensitive_output_upload'), 'sensitive_output_upload', true),
    maskWellKnown: reading.flag(fields.get('well_known_secret_masking'), 'well_known_secret_masking', false),
    state: readState(reading, fields.get('state')),
    ...readBelonging(reading, fields),
  }
  if (reading.problems.length > 0) throw refused(reading.problems)
  return definition
}

function refused(problems: readonly string[]): Refusal {
  const shown = problems.slice(0, maxShownProblems).join('; ')
  const more = problems.length > maxShownProblems ? `; and ${problems.length - maxShownProblems} more problems` : ''
  return new Refusal('bad-request', `stack: ${shown}${more}`)
}

type Fields = ReadonlyMap<string, Tree>

function readIdentity(reading: Reading, fields: Fields): { name: string; id: string } {
  const name = reading.written(fields.get('name'), 'name')?.trim() ?? ''
  if (!fields.has('name')) reading.refuse('name', 'is missing')
  else if (name === '') reading.refuse('name', 'is empty')
  if (name.length > maxNameLength)
    reading.refuse('name', `expected at most ${maxNameLength} characters, got ${name.length}`)
  if (/\p{Cc}/u.test(name)) reading.refuse('name', 'has control characters')
  const id = reading.written(fields.get('id'), 'id') ?? slugOf(name)
  if (!new RegExp(stackIdPattern).test(id)) {
    reading.refuse('id', 'expected lower-case letters, digits and - in between, at most 63 characters')
  }
  return { name, id }
}

function readImage(reading: Reading, tree: Tree | undefined): string | null {
  const image = reading.text(tree, 'image')
  if (image !== null && !/^[A-Za-z0-9][\w.\-/:@]*$/.test(image))
    reading.refuse('image', 'expected the name of an image')
  return image
}

function readProjectRoot(reading: Reading, tree: Tree | undefined): string {
  const path = relativePath(reading.text(tree, 'project_root') ?? '')
  if (path === null) reading.refuse('project_root', 'expected a path below the source, without ..')
  return path ?? ''
}

/** `before_init` of the YAML is `beforeInit` of a job. */
const hookKeys = new Map(
  hookNames.map((name) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name]),
)

function readHooks(reading: Reading, tree: Tree | undefined): Partial<Record<HookName, readonly string[]>> {
  const hooks: Partial<Record<HookName, readonly string[]>> = {}
  for (const [key, commands] of reading.fields(tree, 'hooks', [...hookKeys.keys()])) {
    const name = hookKeys.get(key)
    const list = isScalar(commands) && commands.value !== null ? [commands] : commands
    if (name) hooks[name] = reading.texts(list, `hooks.${key}`)
  }
  return hooks
}

function readState(reading: Reading, tree: Tree | undefined): StateKeeping {
  const fields = reading.fields(tree, 'state', ['managed'])
  if (!fields.has('managed')) return 'unless-configured'
  return reading.flag(fields.get('managed'), 'state.managed', true) ? 'managed' : 'elsewhere'
}
