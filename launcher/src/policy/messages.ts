import { kindOf } from './json.ts'
import { noAnswer } from './no-answer.ts'

const maxMessages = 50
const maxCharacters = 1000

/**
 * The messages of a policy's `deny`, as many as a person reads. Something else than strings in it denies too, and is
 * shown as JSON. Throws POLICY_FAILED if it is no set.
 */
export function messagesOf(deny: unknown): readonly string[] {
  if (deny === null) return []
  if (!Array.isArray(deny)) throw noAnswer(`its deny is ${kindOf(deny)}, and has to be a set of messages`)
  const messages = deny
    .slice(0, maxMessages)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
  const more = deny.length - messages.length
  return [...messages.map(shortened), ...(more > 0 ? [`and ${more} more`] : [])]
}

function shortened(message: string): string {
  return message.length > maxCharacters ? `${message.slice(0, maxCharacters)}...` : message
}
