import { askMetadata } from './metadata-http.ts'
import type { NoticeBoard } from './notice.ts'

/** Preemption on Compute Engine: 30 seconds before the end (https://cloud.google.com/compute/docs/instances/create-use-preemptible#detecting_if_an_instance_was_preempted). */
export function gcpNotices(endpoint = 'http://metadata.google.internal'): NoticeBoard {
  return {
    name: 'the Compute Engine metadata server',
    everyMs: 2_000,
    leadMs: 30_000,
    async read(signal) {
      const headers = { 'metadata-flavor': 'Google' }
      const { status, text } = await askMetadata(`${endpoint}/computeMetadata/v1/instance/preempted`, {
        headers,
        signal,
      })
      if (status !== 200) throw new Error(`the Compute Engine metadata server answers with HTTP status ${status}`)
      return text.trim().toUpperCase() === 'TRUE' ? { what: 'Compute Engine preempts this instance', at: null } : null
    },
  }
}
