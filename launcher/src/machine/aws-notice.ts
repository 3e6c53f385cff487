import { askMetadata, type MetadataAnswer } from './metadata-http.ts'
import { member, timeIn, type Notice, type NoticeBoard } from './notice.ts'

const tokenSeconds = 21_600

/**
 * Spot interruption notices of EC2: two minutes before the end
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html), by the second version of its metadata service.
 */
export function awsNotices(endpoint = 'http://169.254.169.254'): NoticeBoard {
  let token: string | null = null
  const ask = async (signal: AbortSignal): Promise<MetadataAnswer> => {
    token ??= await tokenOf(endpoint, signal)
    const headers = { 'x-aws-ec2-metadata-token': token }
    return await askMetadata(`${endpoint}/latest/meta-data/spot/instance-action`, { headers, signal })
  }
  return {
    name: 'the EC2 metadata service',
    everyMs: 5_000,
    leadMs: 120_000,
    async read(signal) {
      let answer = await ask(signal)
      if (answer.status === 401) {
        // The token is over, or of the machine that this one is a copy of.
        token = null
        answer = await ask(signal)
      }
      return noticeIn(answer)
    },
  }
}

async function tokenOf(endpoint: string, signal: AbortSignal): Promise<string> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(tokenSeconds) }
  const { status, text } = await askMetadata(`${endpoint}/latest/api/token`, { method: 'PUT', headers, signal })
  if (status !== 200) throw new Error(`the EC2 metadata service gives no token (HTTP status ${status})`)
  return text.trim()
}

function noticeIn({ status, text }: MetadataAnswer): Notice | null {
  if (status === 404) return null
  if (status !== 200) throw new Error(`the EC2 metadata service answers with HTTP status ${status}`)
  const action = member(text, 'action')
  return { what: `EC2 will ${typeof action === 'string' ? action : 'end'} this instance`, at: timeIn(text) }
}
