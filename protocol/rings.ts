import { Type, type Static } from 'typebox'
import { checker } from './decoded.ts'
import { Ulid } from './ids.ts'

/** How long a question for rings is held at most, in seconds. What is between cuts a silent connection after 60 s at the earliest, as a rule. */
export const maxRingWaitSeconds = 50

/** What a worker asks for rings with. */
export interface RingQuestion {
  /** The cursor of the answer before; null: there was none. */
  readonly after: string | null
  /** For how long the question is to be held: a whole number. */
  readonly waitSeconds: number
}

/** The question as the query of its URL. */
export function ringQuery({ after, waitSeconds }: RingQuestion): string {
  return new URLSearchParams({ wait: String(waitSeconds), ...(after !== null && { after }) }).toString()
}

const RungSchema = Type.Object({
  /** Where the next question goes on. */
  cursor: Type.String({ minLength: 1, maxLength: 100 }),
  /** Orders changed since the cursor that came with the question, or that cursor is not known. */
  rang: Type.Boolean(),
  /** Only a hint for the log: what is true is fetched. */
  job: Type.Optional(Ulid),
})

/** `GET /v1/workers/{worker}/rings`: a ring, or that there was none while the question was held. */
export type Rung = Static<typeof RungSchema>

export const checkRung = checker('rings', RungSchema)
