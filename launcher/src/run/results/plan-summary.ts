import { maxChanges, type ChangeAction, type PlanChange, type PlanResults } from '../../../../protocol/results.ts'
import { JsonElements } from './json-elements.ts'

/** What of `resource_changes` is read (https://developer.hashicorp.com/terraform/internals/json-format#change-representation). */
interface ResourceChange {
  readonly address?: unknown
  readonly previous_address?: unknown
  readonly mode?: unknown
  readonly type?: unknown
  readonly change?: { readonly actions?: unknown; readonly importing?: unknown } | null
}

const longestAddress = 4096
const longestType = 1024

/** Counts what a plan does, from the tool's JSON as it comes. It keeps addresses, types and actions, and never a value. */
export class PlanReader {
  readonly #elements = new JsonElements({ key: 'resource_changes', take: (element) => this.#take(element) })
  readonly #counts = { add: 0, change: 0, destroy: 0, import: 0, forget: 0, resources: 0 }
  readonly #changes: PlanChange[] = []
  #unread = 0

  /** Reads on. */
  write(chunk: Uint8Array): void {
    this.#elements.write(chunk)
  }

  /** Entries that could not be read, or were too large: the counts lack them. */
  get unread(): number {
    return this.#unread + this.#elements.tooLarge
  }

  /** What the plan does, once all of it was read. */
  get results(): PlanResults {
    return { ...this.#counts, changes: this.#changes }
  }

  #take(element: string): void {
    const entry = parsed(element)
    const effect = entry && effectOf(entry)
    if (!entry || !effect || typeof entry.address !== 'string' || entry.address === '') {
      this.#unread++
      return
    }
    if (entry.mode === 'data') return
    this.#count(effect)
    const action = actionOf(effect)
    if (action === null || this.#changes.length >= maxChanges) return
    this.#changes.push({
      address: entry.address.slice(0, longestAddress),
      previousAddress: previousOf(entry),
      type: typeof entry.type === 'string' ? entry.type.slice(0, longestType) : '',
      action,
    })
  }

  /** As the tool itself does: what is replaced is added and destroyed. */
  #count({ creates, updates, deletes, imports, forgets }: Effect): void {
    this.#counts.add += Number(creates)
    this.#counts.change += Number(updates)
    this.#counts.destroy += Number(deletes)
    this.#counts.import += Number(imports)
    this.#counts.forget += Number(forgets)
    this.#counts.resources += Number(creates || !(deletes || forgets))
  }
}

/** What is done to a resource. */
type Effect = Readonly<Record<'creates' | 'updates' | 'deletes' | 'forgets' | 'imports' | 'moves', boolean>>

function effectOf(entry: ResourceChange): Effect | null {
  const actions: unknown = entry.change?.actions
  if (!Array.isArray(actions)) return null
  return {
    creates: actions.includes('create'),
    updates: actions.includes('update'),
    deletes: actions.includes('delete'),
    forgets: actions.includes('forget'),
    imports: Boolean(entry.change?.importing),
    moves: previousOf(entry) !== null,
  }
}

/** The one word for it; null: nothing is done. */
function actionOf({ creates, updates, deletes, forgets, imports, moves }: Effect): ChangeAction | null {
  if (creates) return deletes ? 'replace' : 'add'
  if (deletes) return 'destroy'
  if (updates) return 'change'
  if (forgets) return 'forget'
  if (imports) return 'import'
  return moves ? 'move' : null
}

function previousOf({ previous_address: previous }: ResourceChange): string | null {
  return typeof previous === 'string' && previous !== '' ? previous.slice(0, longestAddress) : null
}

function parsed(element: string): ResourceChange | null {
  try {
    return JSON.parse(element) as ResourceChange
  } catch {
    return null
  }
}

/** `+2 ~1 -0`, and what else a plan does. */
export function summaryText({ add, change, destroy, import: imported, forget }: PlanResults): string {
  const rest = [imported > 0 ? [`${imported} to import`] : [], forget > 0 ? [`${forget} to forget`] : []].flat()
  return [`+${add} ~${change} -${destroy}`, ...rest].join(', ')
}
