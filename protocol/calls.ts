import { Type, type Static } from 'typebox'
import { checker } from './decoded.ts'

/** The paths of the launchers' API, below the token's `api.endpoint`. Ids are ULIDs, so nothing needs escaping. */
export const paths = {
  workers: () => '/v1/workers',
  heartbeat: (worker: string) => `/v1/workers/${worker}/heartbeat`,
  orders: (worker: string) => `/v1/workers/${worker}/orders`,
  goodbye: (worker: string) => `/v1/workers/${worker}/goodbye`,
  rings: (worker: string) => `/v1/workers/${worker}/rings`,
  job: (job: string) => `/v1/jobs/${job}`,
  start: (job: string) => `/v1/jobs/${job}/start`,
  reports: (job: string) => `/v1/jobs/${job}/reports`,
  log: (job: string) => `/v1/jobs/${job}/log`,
  source: (job: string) => `/v1/jobs/${job}/source`,
  workspace: (job: string) => `/v1/jobs/${job}/workspace`,
  erroredState: (job: string) => `/v1/jobs/${job}/errored-state`,
  results: (job: string) => `/v1/jobs/${job}/results`,
} as const

/** Names the worker on every call but the registration; its session follows as `Authorization: Bearer`. */
export const workerHeader = 'spacelift-worker'

/** Every error that the API answers with, its HTTP status, and whether the same call can succeed later. */
export const apiErrors = {
  'bad-request': { status: 400, retry: false },
  /** The worker or its session is not known (any more): register again. */
  'unknown-worker': { status: 401, retry: false },
  /** The certificate is not one that may do this: another pool's, or one that was replaced. */
  'certificate-refused': { status: 403, retry: false },
  'not-found': { status: 404, retry: false },
  /** The job was taken from this worker (lease over, stopped by a person, run deleted): end it and report nothing. */
  'job-lost': { status: 410, retry: false },
  /** Another claim was granted the start of this job. */
  'already-started': { status: 409, retry: false },
  /** Another question for rings of the same worker took the place of this one. */
  replaced: { status: 409, retry: true },
  /** A log range begins behind what is held, or the finished report counts more than is held. Body: `held`. */
  'log-incomplete': { status: 409, retry: true },
  'too-large': { status: 413, retry: false },
  /** The bytes do not have the digest that came with them. */
  'digest-mismatch': { status: 422, retry: true },
  /** The protocol's major version is not spoken here. */
  'wrong-protocol': { status: 426, retry: false },
  'too-many-requests': { status: 429, retry: true },
  internal: { status: 500, retry: true },
  /** The disk is full, the database is locked, or the process is stopping. */
  unavailable: { status: 503, retry: true },
} as const satisfies Record<string, { status: number; retry: boolean }>

export type ApiErrorCode = keyof typeof apiErrors

const ApiErrorSchema = Type.Object({
  error: Type.Object({
    /** One of `apiErrors`; a launcher treats a code that it does not know by the HTTP status. */
    code: Type.String(),
    message: Type.String(),
    /** With `log-incomplete`: how many bytes are held. */
    held: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
})

/** The body of every answer that is not 2xx. */
export type ApiErrorBody = Static<typeof ApiErrorSchema>

export const checkApiError = checker('error', ApiErrorSchema)
