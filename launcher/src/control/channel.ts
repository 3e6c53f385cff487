import type { EventEmitter } from 'node:events'

/** What a channel tells. */
export interface ChannelEvents {
  /** Rings arrive from now on. What happened before was not heard: orders are to be fetched. */
  online: []
  /** Rings do not arrive, and why. The channel is trying again by itself. */
  offline: [why: string]
  /** Orders changed; `job` is a hint for the log. */
  ring: [job: string | null]
  /** Something came that is not a message of the protocol; it was passed over. */
  malformed: [why: string]
}

/**
 * How the control plane reaches a launcher. It carries no truth: whoever misses a ring fetches the same orders with the next heartbeat.
 * - Listeners are attached before `open`; nothing is emitted earlier, and nothing that arrives later is lost.
 * - `offline` comes for every connection that ended or could not be made, so several may follow each other.
 * - A channel that is open connects again for ever, with growing, jittered pauses up to a minute, and subscribes on every connect.
 * - It emits no `error`: a channel that is down is a state, not a failure. It never ends a job.
 */
export interface ControlChannel extends EventEmitter<ChannelEvents> {
  open(): void
  /** Connects anew, at once: this launcher has become another worker, or has a new session. */
  renew(): void
  /**
   * Says goodbye if it is online, and disconnects. Waits at most `withinMs` for the far end, then hangs up. Never rejects; nothing is
   * emitted afterwards.
   */
  close(withinMs: number): Promise<void>
  /** The same without a goodbye: the same worker connects again, by another channel. */
  abandon(withinMs: number): Promise<void>
}
