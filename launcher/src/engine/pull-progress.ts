/** A line of the body of `POST /images/create`. Every part may be missing. */
export interface PullLine {
  readonly id?: string
  readonly status?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
  /** The pull failed: the daemon had answered 200 by then. */
  readonly error?: string
  readonly errorDetail?: { readonly code?: number; readonly message?: string }
}

/** Layers that are counted. An image has 127 at most (the limit of overlayfs). */
const maxLayers = 1000

/** Makes a few lines of the many that a pull sends: one every three seconds, and none for a pull that is over by then. */
export class PullProgress {
  readonly #image: string
  readonly #layers = new Map<string, { readonly current: number; readonly total: number }>()
  #nextAtMs: number

  /** `nowMs`: milliseconds of a clock that never goes back. */
  constructor(image: string, nowMs: number) {
    this.#image = image
    this.#nextAtMs = nowMs + everyMs
  }

  /** The line that is due now, or null. */
  read(line: PullLine, nowMs: number): string | null {
    this.#count(line)
    if (nowMs < this.#nextAtMs) return null
    this.#nextAtMs = nowMs + everyMs
    const layers = [...this.#layers.values()]
    const current = layers.reduce((sum, layer) => sum + layer.current, 0)
    const total = layers.reduce((sum, layer) => sum + layer.total, 0)
    return `Pulling ${this.#image}: ${megabytes(current)} of ${megabytes(total)} MB in ${layers.length} layers`
  }

  /** The same detail tells of the download first and then of unpacking, from 0 again: a layer's count never goes back. */
  #count({ id, progressDetail }: PullLine): void {
    if (id === undefined || progressDetail?.total === undefined) return
    const { current = 0, total } = progressDetail
    const known = this.#layers.get(id) ?? { current: 0, total: 0 }
    if (!this.#layers.has(id) && this.#layers.size >= maxLayers) return
    this.#layers.set(id, { current: Math.max(known.current, current), total: Math.max(known.total, total) })
  }
}

const everyMs = 3000

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
