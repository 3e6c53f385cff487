import { hclBlocks } from './hcl-blocks.ts'

/**
 * The backend that configuration files set up for themselves: its type, `cloud` for a `cloud` block, null if there is none. `files`:
 * texts by name, of the files that the tool reads. A file that is broken sets up nothing: the tool itself will say what is wrong with it.
 */
export function ownBackend(files: ReadonlyMap<string, string>): string | null {
  for (const [name, text] of files) {
    const backend = name.endsWith('.json') ? backendOfJson(text) : backendOfHcl(text)
    if (backend !== null) return backend
  }
  return null
}

function backendOfHcl(text: string): string | null {
  for (const { header, within } of hclBlocks(text)) {
    const [type, label] = header
    if (within.length !== 1 || within[0]?.join(' ') !== 'terraform') continue
    // What is no word, such as the sign of an attribute, is empty here.
    if (type === 'backend' && label && header.length === 2) return label
    if (type === 'cloud' && header.length === 1) return 'cloud'
  }
  return null
}

/** JSON's form of the same (https://developer.hashicorp.com/terraform/language/syntax/json): wherever a block may stand, so may a list of them. */
function backendOfJson(text: string): string | null {
  for (const root of blocks(parse(text))) {
    for (const terraform of blocks(root['terraform'])) {
      for (const backend of blocks(terraform['backend'])) {
        const type = Object.keys(backend).find((key) => key !== '//')
        if (type !== undefined) return type
      }
      if (blocks(terraform['cloud']).length > 0) return 'cloud'
    }
  }
  return null
}

function blocks(value: unknown): readonly Record<string, unknown>[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
