import type { HookName, JobVariable, ToolName } from '../../../protocol/job.ts'
import { hookNames } from '../../../protocol/job.ts'
import { LauncherError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { type RuntimeBlock, type RuntimeConfig, runtimeConfigFile } from '../run/runtime-config.ts'
import { type Lined, readLines } from './yaml-lines.ts'

const topKeys = ['version', 'stack_defaults', 'stacks']
/** Of modules, which share the file; there are none here. */
const moduleKeys = ['module_version', 'test_defaults', 'tests']

/** `before_init` of the file is `beforeInit` of a job. */
const hookKeys = new Map(
  hookNames.map((name) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name]),
)

const workflowTools: Readonly<Record<string, ToolName>> = {
  TERRAFORM_FOSS: 'terraform',
  OPEN_TOFU: 'opentofu',
  CUSTOM: 'custom',
}

const otherKeys = [
  'environment',
  'project_root',
  'runner_image',
  'terraform_version',
  'opentofu_version',
  'terraform_workflow_tool',
]
const blockKeys = [...hookKeys.keys(), ...otherKeys]

/** Reads `.spacelift/config.yml` (https://docs.spacelift.io/concepts/configuration/runtime-configuration) for one stack. */
export async function readRuntimeConfig(text: string, stack: string): Promise<RuntimeConfig> {
  const reading = new Reading()
  let tree: Lined
  try {
    tree = await readLines(text)
  } catch (error) {
    throw invalid([error instanceof Error ? error.message : String(error)])
  }
  const top = reading.map(tree, 'the file')
  reading.unknown(top, '', [...topKeys, ...moduleKeys])
  const version = readVersion(reading, top.get('version'))
  const defaults = readBlock(reading, top.get('stack_defaults'), 'stack_defaults')
  const own = reading.map(top.get('stacks'), 'stacks').get(stack)
  const block = readBlock(reading, own, `stacks.${stack}`)
  if (reading.problems.length > 0) throw invalid(reading.problems)
  return { version, defaults, stack: block, remarks: reading.remarks }
}

function invalid(problems: readonly string[]): LauncherError {
  return new LauncherError('RUNTIME_CONFIG_INVALID', `${runtimeConfigFile}: ${problems.slice(0, 20).join('; ')}`)
}

/** Gathers what is wrong, so that its writer hears of everything at once. */
class Reading {
  readonly problems: string[] = []
  readonly remarks: string[] = []

  refuse(at: Lined, place: string, expected: string): void {
    this.problems.push(`line ${at.line}: ${place}: expected ${expected}, got ${found(at)}`)
  }

  map(at: Lined | undefined, place: string): ReadonlyMap<string, Lined> {
    if (at?.kind === 'map') return at.entries
    if (at && at.kind !== 'nothing') this.refuse(at, place, 'keys and values')
    return new Map()
  }

  unknown(entries: ReadonlyMap<string, Lined>, place: string, known: readonly string[]): void {
    for (const [key, { line }] of entries) {
      if (known.includes(key)) continue
      const meant = nearest(key, known)
      const advice = meant === null ? 'it is passed over' : `did you mean ${meant}?`
      this.remarks.push(`${runtimeConfigFile}: line ${line}: ${place}${key.slice(0, 100)} is not known here, ${advice}`)
    }
  }

  /** A text that fits, or null if it is not there. */
  text(
    at: Lined | undefined,
    place: string,
    expectation: { readonly fits: RegExp; readonly expected: string },
  ): string | null {
    if (!at || at.kind === 'nothing') return null
    if (at.kind === 'text' && expectation.fits.test(at.text)) return at.text
    this.refuse(at, place, expectation.expected)
    return null
  }

  texts(at: Lined, place: string): readonly string[] {
    const items = at.kind === 'list' ? at.items : at.kind === 'text' ? [at] : []
    if (at.kind === 'map') this.refuse(at, place, 'a list of commands')
    return items.flatMap((item, index) => {
      if (item.kind === 'text') return [item.text]
      this.refuse(item, `${place}[${index}]`, 'a command')
      return []
    })
  }
}

/** Names the kind, and a short text; a long one may be anything. */
function found(at: Lined): string {
  if (at.kind === 'text') return at.text.length <= 60 ? JSON.stringify(at.text) : 'another text'
  return at.kind === 'map' ? 'keys and values' : at.kind === 'list' ? 'a list' : 'nothing'
}

function readVersion(reading: Reading, at: Lined | undefined): 1 | 2 {
  return reading.text(at, 'version', { fits: /^[12]$/, expected: '"1" or "2"' }) === '2' ? 2 : 1
}

function readBlock(reading: Reading, at: Lined | undefined, place: string): RuntimeBlock | null {
  if (!at || at.kind === 'nothing') return null
  const block = reading.map(at, place)
  reading.unknown(block, `${place}.`, blockKeys)
  const text = (key: string, fits: RegExp, expected: string) =>
    reading.text(block.get(key), `${place}.${key}`, { fits, expected })
  const tool = text(
    'terraform_workflow_tool',
    /^(TERRAFORM_FOSS|OPEN_TOFU|CUSTOM)$/,
    Object.keys(workflowTools).join(', '),
  )
  const version = /^[^\s][^\p{Cc}]{0,99}$/u
  return {
    hooks: readHooks(reading, block, place),
    environment: readEnvironment(reading, block.get('environment'), `${place}.environment`),
    projectRoot: readProjectRoot(reading, block.get('project_root'), place),
    image: text('runner_image', /^[A-Za-z0-9][\w.\-/:@]*$/, 'the name of an image'),
    tool: tool === null ? null : (workflowTools[tool] ?? null),
    versions: {
      ...versionOf('terraform', text('terraform_version', version, 'a version such as 1.5.7')),
      ...versionOf('opentofu', text('opentofu_version', version, 'a version such as 1.10.5')),
    },
  }
}

function versionOf(tool: ToolName, version: string | null): Partial<Record<ToolName, string>> {
  return version === null ? {} : { [tool]: version }
}

function readHooks(
  reading: Reading,
  block: ReadonlyMap<string, Lined>,
  place: string,
): Partial<Record<HookName, readonly string[]>> {
  const given = [...hookKeys].flatMap(([key, name]) => {
    const at = block.get(key)
    return at && at.kind !== 'nothing' ? [[name, reading.texts(at, `${place}.${key}`)] as const] : []
  })
  return Object.fromEntries(given)
}

function readProjectRoot(reading: Reading, at: Lined | undefined, place: string): string | null {
  const fits = /^(?!\/)(?!(.*\/)?\.\.(\/|$))[^\p{Cc}\\]*$/u
  const root = reading.text(at, `${place}.project_root`, { fits, expected: 'a path below the source, without ..' })
  return (
    root
      ?.split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/') ?? null
  )
}

const accesses = { ro_: 'read', wo_: 'write' } as const

function readEnvironment(reading: Reading, at: Lined | undefined, place: string): JobVariable[] | null {
  if (!at || at.kind === 'nothing') return null
  return Array.from(reading.map(at, place)).flatMap(([key, value]) => {
    const prefix = key.slice(0, 3)
    const access = prefix === 'ro_' || prefix === 'wo_' ? accesses[prefix] : 'both'
    const name = access === 'both' ? key : key.slice(3)
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      const expected = 'a name of letters, digits and _, not beginning with a digit'
      reading.problems.push(
        `line ${value.line}: ${place}: expected ${expected}, got ${JSON.stringify(key.slice(0, 60))}`,
      )
      return []
    }
    if (value.kind === 'map' || value.kind === 'list') reading.refuse(value, `${place}.${name}`, 'a text')
    return [{ name, value: value.kind === 'text' ? value.text : '', secret: false, access }]
  })
}
