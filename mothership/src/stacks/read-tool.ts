import { type ToolName, toolNames } from '../../../protocol/job.ts'
import { readVersionConstraint } from '../../../protocol/tool-version.ts'
import type { StackDefinition } from './definition.ts'
import { nearest } from './nearest.ts'
import { isScalar, type Reading } from './reading.ts'
import { relativePath } from './relative-path.ts'
import type { Tree } from './yaml-tree.ts'

type Fields = ReadonlyMap<string, Tree>

/** `tool`: a name, or `{name, version}`, with `playbook` and `inventory` for Ansible; OpenTofu if it is not there. */
export function readTool(reading: Reading, tree: Tree | undefined): StackDefinition['tool'] {
  if (tree === undefined) return { name: 'opentofu', version: null }
  const known = ['name', 'version', 'playbook', 'inventory']
  const fields = isScalar(tree) ? new Map([['name', tree]]) : reading.fields(tree, 'tool', known)
  const name = readName(reading, fields, isScalar(tree) ? 'tool' : 'tool.name')
  return { name, version: readVersion(reading, fields), ...readPlay(reading, fields, name) }
}

function readName(reading: Reading, fields: Fields, place: string): ToolName {
  const written = reading.text(fields.get('name'), place)
  const name = toolNames.find((each) => each === written)
  if (written === null) reading.refuse(place, `expected one of ${toolNames.join(', ')}`)
  else if (!name) {
    const meant = nearest(written, toolNames)
    const advice = meant ? `, did you mean ${meant}?` : ''
    reading.refuse(
      place,
      `expected one of ${toolNames.join(', ')}, got ${JSON.stringify(written.slice(0, 50))}${advice}`,
    )
  }
  return name ?? 'opentofu'
}

function readVersion(reading: Reading, fields: Fields): string | null {
  const version = reading.text(fields.get('version'), 'tool.version')
  if (version === null) return null
  if (readVersionConstraint(version) !== null) return version
  reading.refuse('tool.version', 'expected a version such as 1.10.5, or a constraint such as ~> 1.10 or >= 1.6, < 2.0')
  return null
}

function readPlay(reading: Reading, fields: Fields, name: ToolName): { playbook?: string; inventory?: string } {
  const play: { playbook?: string; inventory?: string } = {}
  for (const key of ['playbook', 'inventory'] as const) {
    const text = reading.text(fields.get(key), `tool.${key}`)
    if (text === null) continue
    if (name !== 'ansible') reading.refuse(`tool.${key}`, 'is for ansible alone')
    if (text.startsWith('-')) reading.refuse(`tool.${key}`, 'expected a path, not an option')
    play[key] = text
  }
  if (play.playbook !== undefined && relativePath(play.playbook) === null) {
    reading.refuse('tool.playbook', 'expected a path below the project root, without ..')
  }
  return play
}
