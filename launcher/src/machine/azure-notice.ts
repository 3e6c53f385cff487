import { askMetadata } from './metadata-http.ts'
import { member, type Notice, type NoticeBoard } from './notice.ts'

/** What ends the machine, or everything that runs on it. A `Freeze` is a pause of seconds. */
const ends = ['Preempt', 'Terminate', 'Redeploy', 'Reboot']

/**
 * Scheduled events of Azure (https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events): 30 seconds or more before the end. They
 * are told to all machines of a set, so the machine's own name is asked for too.
 */
export function azureNotices(endpoint = 'http://169.254.169.254'): NoticeBoard {
  const headers = { metadata: 'true' }
  const ask = async (path: string, signal: AbortSignal): Promise<string> => {
    const { status, text } = await askMetadata(`${endpoint}/metadata/${path}`, { headers, signal })
    if (status !== 200) throw new Error(`the Azure metadata service answers with HTTP status ${status}`)
    return text
  }
  let self: string | null = null
  return {
    name: 'the Azure metadata service',
    everyMs: 2_000,
    leadMs: 30_000,
    async read(signal) {
      self ??= (await ask('instance/compute/name?api-version=2021-02-01&format=text', signal)).trim()
      return noticeIn(await ask('scheduledevents?api-version=2020-07-01', signal), self)
    },
  }
}

function noticeIn(text: string, self: string): Notice | null {
  const events = member(text, 'Events')
  if (!Array.isArray(events)) throw new Error('the Azure metadata service answers with something else than events')
  for (const event of events as readonly unknown[]) {
    const { EventType: type, Resources: resources, NotBefore: time } = event as Readonly<Record<string, unknown>>
    if (typeof type !== 'string' || !ends.includes(type)) continue
    if (!Array.isArray(resources) || !resources.includes(self)) continue
    const at = typeof time === 'string' && time !== '' ? Date.parse(time) : Number.NaN
    return { what: `Azure schedules ${type} for this machine`, at: Number.isNaN(at) ? null : at }
  }
  return null
}
