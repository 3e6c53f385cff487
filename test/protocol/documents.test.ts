import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkApiError } from '../../protocol/calls.ts'
import { decodeJson, maxDocumentBytes } from '../../protocol/decoded.ts'
import { checkJob } from '../../protocol/job.ts'
import { checkClaim, checkLogHeld, checkReport, checkStored } from '../../protocol/report.ts'
import { checkGoodbye, checkHeartbeat, checkOrders, checkRegistered, checkRegistration } from '../../protocol/worker.ts'

const id = '01JD0000000000000000000000'
const sha256 = 'a'.repeat(64)
const job = {
  id,
  run: id,
  worker: id,
  type: 'TRACKED',
  stack: { id: 'a', name: 'Ä b', labels: [], space: 'root' },
  createdAt: 1,
  triggeredBy: 'api::x',
  commit: { hash: '', message: '', author: '', branch: '' },
  phases: ['INITIALIZING', 'PLANNING'],
  pause: true,
  continues: null,
  tool: { name: 'opentofu', version: null },
  image: null,
  source: { kind: 'archive', length: 1, sha256 },
  projectRoot: '',
  environment: [],
  files: [],
  hooks: { beforeInit: ['true'] },
  command: null,
  state: null,
}
const outcome = {
  result: 'failed',
  changes: null,
  exitCode: 1,
  failure: { code: 'COMMAND_FAILED', fault: 'run', message: 'm' },
  workspace: null,
}
const documents: [string, (value: unknown) => { ok: boolean }, object][] = [
  ['job', checkJob, job],
  ['phase report', checkReport, { kind: 'phase', sequence: 1, at: 1, phase: 'PLANNING', logOffset: 0 }],
  ['finished report', checkReport, { kind: 'finished', sequence: 2, at: 1, outcome, logLength: 5, lostBytes: 0 }],
  ['claim', checkClaim, { claim: id }],
  ['held', checkLogHeld, { length: 0 }],
  ['stored', checkStored, { length: 0, sha256 }],
  [
    'registration',
    checkRegistration,
    { protocol: { major: 1, minor: 0 }, launcher: { version: '1' }, instance: id, metadata: { instance_id: 'i' } },
  ],
  [
    'registered',
    checkRegistered,
    {
      worker: id,
      pool: id,
      session: 's',
      topics: { readonly: 'a', writeonly: 'b' },
      heartbeatSeconds: 10,
      leaseSeconds: 60,
    },
  ],
  ['heartbeat', checkHeartbeat, { job: null, draining: false, sentAt: 1 }],
  ['orders', checkOrders, { drained: false, job: { id, stop: { kind: 'stop', by: 'x', note: '' } }, leave: null }],
  ['goodbye', checkGoodbye, { reason: 'SIGTERM' }],
  ['error', checkApiError, { error: { code: 'job-lost', message: 'm' } }],
]

it.each(documents)(
  'takes a %s, also with a field of a later minor, and refuses it without any one of its fields',
  (_name, check, document) => {
    expect(check(document)).toEqual({ ok: true, value: document })
    expect(check({ ...document, later: { x: 1 } }).ok).toBe(true)
    for (const field of Object.keys(document)) {
      const cut = Object.fromEntries(Object.entries(document).filter(([name]) => name !== field))
      expect(check(cut).ok, field).toBe(false)
    }
  },
)

it('takes a job with metadata, which may be missing, and refuses metadata that is no list of texts', () => {
  expect(checkJob({ ...job, metadata: ['eyJh', ''] })).toMatchObject({ ok: true, value: { metadata: ['eyJh', ''] } })
  for (const metadata of [null, 'eyJh', [1], {}]) expect(checkJob({ ...job, metadata }).ok).toBe(false)
})

it('refuses a job with an unknown phase, type or source, and says where', () => {
  for (const wrong of [
    { phases: [] },
    { phases: ['DANCING'] },
    { type: 'TESTING' },
    { source: { kind: 'ftp' } },
    { id: '../x' },
  ]) {
    expect(checkJob({ ...job, ...wrong })).toMatchObject({ ok: false, fault: { code: 'wrong-shape' } })
  }
  expect(checkJob({ ...job, projectRoot: 7 })).toMatchObject({
    ok: false,
    fault: { message: expect.stringContaining('/projectRoot') },
  })
})

it('never throws on JSON of any shape, nor on a text of any length', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (text, value) => {
      for (const [name, check] of documents) {
        expect(check(value)).toHaveProperty('ok')
        expect(decodeJson(name, text, (some) => ({ ok: true, value: some }))).toHaveProperty('ok')
      }
    }),
  )
  expect(decodeJson('x', ' '.repeat(maxDocumentBytes + 1), checkGoodbye)).toMatchObject({
    fault: { code: 'too-large' },
  })
})

it.each([
  [{ kind: 'finished', outcome: { ...outcome, result: 'great' } }, 'report: must have required properties sequence'],
  [
    { kind: 'finished', sequence: 1, at: 1, logLength: 0, lostBytes: 0, outcome: { ...outcome, result: 'great' } },
    '/outcome/result',
  ],
  [{ kind: 'constructor' }, 'report: expected a kind of phase, finished'],
  [{}, 'report: expected a kind of phase, finished'],
  [null, 'report: expected a kind of phase, finished'],
])('says of a report what is wrong with the kind that it is: %j', (value, message) => {
  expect(checkReport(value)).toMatchObject({
    ok: false,
    fault: { code: 'wrong-shape', message: expect.stringContaining(message) as string },
  })
})
