import { Type, type Static } from 'typebox'
import { checker } from './decoded.ts'
import { Timestamp, Ulid } from './ids.ts'

/** The protocol's version. A mothership refuses another major with `426`; a new minor only adds what an old side may ignore. */
export const protocolVersion = { major: 1, minor: 0 } as const

const RegistrationSchema = Type.Object({
  protocol: Type.Object({ major: Type.Integer(), minor: Type.Integer() }),
  launcher: Type.Object({ version: Type.String({ maxLength: 200 }) }),
  /** Made once by each launcher process; the same one again answers with the same worker. */
  instance: Ulid,
  metadata: Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 4096 })),
  /** A worker that this launcher was before it was killed, from its volume. If it is still known, it goes on as that worker. */
  resume: Type.Optional(Type.Object({ worker: Ulid, session: Type.String() })),
})

/** `POST /v1/workers`: a launcher introduces itself. */
export type Registration = Static<typeof RegistrationSchema>

const RegisteredSchema = Type.Object({
  worker: Ulid,
  pool: Ulid,
  /** Bearer secret of every later call, and the MQTT password. */
  session: Type.String({ minLength: 1 }),
  topics: Type.Object({ readonly: Type.String(), writeonly: Type.String() }),
  /** How often to heartbeat, in seconds. */
  heartbeatSeconds: Type.Number({ exclusiveMinimum: 0 }),
  /** After how many seconds without a heartbeat the worker's job is taken from it. */
  leaseSeconds: Type.Number({ exclusiveMinimum: 0 }),
})

/** The answer to a registration. */
export type Registered = Static<typeof RegisteredSchema>

const HeartbeatSchema = Type.Object({
  /** The job in hand, or null. */
  job: Type.Union([Ulid, Type.Null()]),
  /** The launcher is stopping: it takes no new job. */
  draining: Type.Boolean(),
  sentAt: Timestamp,
})

/** `POST /v1/workers/{worker}/heartbeat`: renews the lease and is answered with the orders. */
export type Heartbeat = Static<typeof HeartbeatSchema>

const StopOrderSchema = Type.Object({
  /** `stop` interrupts so that the tool can end well; `kill` ends at once. */
  kind: Type.Union([Type.Literal('stop'), Type.Literal('kill')]),
  by: Type.String(),
  note: Type.String(),
})

/** Somebody asked for the job to end. */
export type StopOrder = Static<typeof StopOrderSchema>

const OrdersSchema = Type.Object({
  /** No new job is given to a drained worker; the one in hand goes on. */
  drained: Type.Boolean(),
  job: Type.Union([Type.Null(), Type.Object({ id: Ulid, stop: Type.Union([Type.Null(), StopOrderSchema]) })]),
  /** The worker is to end its process (pool cycled, reset or deleted), with the reason. */
  leave: Type.Union([Type.Null(), Type.String()]),
})

/** What is true for a worker now. Everything that a ring may mean is read here. */
export type Orders = Static<typeof OrdersSchema>

const GoodbyeSchema = Type.Object({ reason: Type.String({ maxLength: 1000 }) })

/** `POST /v1/workers/{worker}/goodbye`: a clean end. */
export type Goodbye = Static<typeof GoodbyeSchema>

export const checkRegistration = checker('registration', RegistrationSchema)
export const checkRegistered = checker('registered', RegisteredSchema)
export const checkHeartbeat = checker('heartbeat', HeartbeatSchema)
export const checkOrders = checker('orders', OrdersSchema)
export const checkGoodbye = checker('goodbye', GoodbyeSchema)
