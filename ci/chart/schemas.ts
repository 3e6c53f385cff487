import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { ToolError } from '../tools/errors.ts'
import { runGo } from '../tools/go.ts'

/** A Go module whose archive holds schemas, pinned by its sum. */
export interface SchemaModule {
  readonly path: string
  readonly version: string
  readonly sum: string
}

export interface Fetching {
  readonly cache: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

const kubernetes = (version: string, sum: string): SchemaModule => ({ path: 'k8s.io/kubernetes', version, sum })

/** The oldest Kubernetes that the chart takes, and the newest that there was. */
export const kubernetesVersions = [
  kubernetes('v1.29.15', 'h1:hLcyf3XmxtfkubCEmmPX5QVD7lDclXjvEUrJeP283LM='),
  kubernetes('v1.37.2', 'h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE='),
] as const

const prometheusOperator: SchemaModule = {
  path: 'github.com/prometheus-operator/prometheus-operator',
  version: 'v0.85.0',
  sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
}
const keda: SchemaModule = {
  path: 'github.com/kedacore/keda/v2',
  version: 'v2.21.0',
  sum: 'h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=',
}

/** Files of the definitions of custom objects that the chart makes. */
const customDefinitions = [
  { module: prometheusOperator, file: 'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml' },
  { module: prometheusOperator, file: 'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml' },
  { module: keda, file: 'config/crd/bases/keda.sh_scaledobjects.yaml' },
]

type Schema = Record<string, unknown>

/**
 * Answers a folder with a schema for each kind of a Kubernetes version, as kubeconform reads them: made once from the API's own description in
 * the module of Kubernetes, and from the custom objects' definitions. Unknown fields are refused, as by an API server with strict validation.
 */
export async function schemasOf(version: SchemaModule, fetching: Fetching): Promise<string> {
  const folder = join(fetching.cache, 'schemas', '1', version.version)
  if (await readFile(join(folder, 'complete')).catch(() => null)) return folder
  const fresh = `${folder}.${crypto.randomUUID()}`
  await mkdir(fresh, { recursive: true })
  try {
    const directory = await moduleDirectory(version, fetching)
    const api = await readFile(join(directory, 'api/openapi-spec/swagger.json'), 'utf8')
    const files = [
      ...kindsOf(JSON.parse(api) as { definitions: Record<string, Schema> }),
      ...(await customKinds(fetching)),
    ]
    for (const { name, schema } of files) await writeFile(join(fresh, `${name}.json`), JSON.stringify(schema))
    await writeFile(join(fresh, 'complete'), '')
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return folder
}

async function moduleDirectory(module: SchemaModule, { cache, env, signal }: Fetching): Promise<string> {
  const words = ['mod', 'download', '-json', `${module.path}@${module.version}`]
  const output = await runGo(words, {
    cache,
    cwd: '/',
    env: { ...env, GOFLAGS: '-mod=mod', GOWORK: 'off' },
    signal,
  })
  const { Sum, Dir } = JSON.parse(output) as { Sum: string; Dir: string }
  if (Sum !== module.sum)
    throw new ToolError('checksum', `${module.path} ${module.version} has the sum ${Sum}, expected ${module.sum}`)
  return Dir
}

interface Kind {
  readonly name: string
  readonly schema: Schema
}

function kindsOf(api: { definitions: Record<string, Schema> }): Kind[] {
  const definitions = Object.fromEntries(
    Object.entries(api.definitions).map(([name, definition]) => [name, strict(definition)]),
  )
  return Object.entries(api.definitions).flatMap(([name, definition]) => {
    const kinds = (definition['x-kubernetes-group-version-kind'] ?? []) as {
      group: string
      version: string
      kind: string
    }[]
    const [kind] = kinds
    if (kinds.length !== 1 || !kind) return []
    return [
      { name: fileName(kind), schema: { $ref: `#/definitions/${name}`, definitions: reachable(name, definitions) } },
    ]
  })
}

async function customKinds(fetching: Fetching): Promise<Kind[]> {
  const kinds: Kind[] = []
  for (const { module, file } of customDefinitions) {
    const text = await readFile(join(await moduleDirectory(module, fetching), file), 'utf8')
    for (const document of parseAllDocuments(text)) {
      const { spec } = document.toJS() as {
        spec: {
          group: string
          names: { kind: string }
          versions: { name: string; schema: { openAPIV3Schema: Schema } }[]
        }
      }
      for (const { name, schema } of spec.versions)
        kinds.push({
          name: fileName({ group: spec.group, version: name, kind: spec.names.kind }),
          schema: strict(withMetadata(schema.openAPIV3Schema)),
        })
    }
  }
  return kinds
}

function fileName({ group, version, kind }: { group: string; version: string; kind: string }): string {
  return [kind.toLowerCase(), group.split('.')[0], version].filter(Boolean).join('-')
}

/** A definition leaves out what every object has. */
function withMetadata(schema: Schema): Schema {
  const properties = { ...(schema['properties'] as Schema), metadata: { type: 'object', additionalProperties: true } }
  return { ...schema, properties }
}

/** The definitions that one needs, itself included. */
function reachable(name: string, definitions: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const found: Record<string, Schema> = {}
  const open = [name]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const definition = definitions[next]
    if (found[next] || !definition) continue
    found[next] = definition
    for (const match of JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g)) open.push(match[1] ?? '')
  }
  return found
}

/** Refuses fields that a description does not name, and reads quantities and ports as the API server does. */
function strict(value: unknown): Schema {
  return walk(value) as Schema
}

function walk(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(walk)
  if (typeof value !== 'object' || value === null) return value
  const schema = value as Schema
  if (schema['format'] === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true)
    return { type: ['string', 'integer'] }
  if (String(schema['description']).startsWith('Quantity is a fixed-point')) return { type: ['string', 'number'] }
  const walked = Object.fromEntries(Object.entries(schema).map(([key, inner]) => [key, walk(inner)]))
  const open = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true
  return isObject(schema) && !open ? { ...walked, additionalProperties: false } : walked
}

function isObject(schema: Schema): boolean {
  return schema['type'] === 'object' && typeof schema['properties'] === 'object'
}
