import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { awsNotices } from '../../../launcher/src/machine/aws-notice.ts'
import { azureNotices } from '../../../launcher/src/machine/azure-notice.ts'
import { gcpNotices } from '../../../launcher/src/machine/gcp-notice.ts'
import { timeIn } from '../../../launcher/src/machine/notice.ts'
import { addressNotices, fileNotices } from '../../../launcher/src/machine/plain-notice.ts'
import { metadataService } from '../../fakes/metadata-service.ts'

const never = new AbortController().signal
const time = '2026-11-25T10:02:00Z'
const at = Date.parse(time)

describe('EC2', () => {
  const service = (state: { token: string; notice: string | null }) =>
    metadataService(({ method, path, headers }) => {
      if (path === '/latest/api/token')
        return method === 'PUT' && headers['x-aws-ec2-metadata-token-ttl-seconds'] ? [200, state.token] : [405, '']
      if (headers['x-aws-ec2-metadata-token'] !== state.token) return [401, '']
      if (path !== '/latest/meta-data/spot/instance-action' || state.notice === null) return undefined
      return [200, state.notice]
    })

  it('says when an instance is interrupted, by a token that is renewed', async () => {
    const state = { token: 'one', notice: null as string | null }
    await using imds = await service(state)
    const board = awsNotices(imds.endpoint)
    expect(await board.read(never)).toBe(null)
    expect(await board.read(never)).toBe(null)
    expect(imds.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1)
    Object.assign(state, { token: 'two', notice: JSON.stringify({ action: 'terminate', time }) })
    expect(await board.read(never)).toEqual({ what: 'EC2 will terminate this instance', at })
  })

  it('is not known where there is no such service', async () => {
    await using other = await metadataService(() => [403, ''])
    await expect(awsNotices(other.endpoint).read(never)).rejects.toThrow('gives no token (HTTP status 403)')
    await expect(awsNotices('http://127.0.0.1:9').read(never)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('Compute Engine', () => {
  it('says that an instance is preempted', async () => {
    const state = { preempted: 'FALSE' }
    await using server = await metadataService(({ path, headers }) => {
      if (headers['metadata-flavor'] !== 'Google') return [403, '']
      return path === '/computeMetadata/v1/instance/preempted' ? [200, state.preempted] : undefined
    })
    const board = gcpNotices(server.endpoint)
    expect(await board.read(never)).toBe(null)
    state.preempted = 'TRUE\n'
    expect(await board.read(never)).toEqual({ what: 'Compute Engine preempts this instance', at: null })
  })
})

describe('Azure', () => {
  const events = (...some: readonly object[]) => JSON.stringify({ DocumentIncarnation: 1, Events: some })
  const preempt = {
    EventId: 'a',
    EventType: 'Preempt',
    ResourceType: 'VirtualMachine',
    Resources: ['workers_3'],
    NotBefore: 'Wed, 25 Nov 2026 10:02:00 GMT',
  }

  it.each([
    ['nothing', events(), null],
    ['an event of another machine', events({ ...preempt, Resources: ['workers_4'] }), null],
    ['a pause of seconds', events({ ...preempt, EventType: 'Freeze' }), null],
    ['a preemption', events({ ...preempt, EventType: 'Freeze' }, preempt), at],
    ['one that has begun', events({ ...preempt, NotBefore: '' }), 'now'],
  ])('with %s', async (_, text, when) => {
    await using server = await metadataService(({ path, headers }) => {
      if (headers['metadata'] !== 'true') return [400, '']
      if (path.startsWith('/metadata/instance/compute/name?')) return [200, 'workers_3']
      return path === '/metadata/scheduledevents?api-version=2020-07-01' ? [200, text] : undefined
    })
    const notice = await azureNotices(server.endpoint).read(never)
    if (when === null) expect(notice).toBe(null)
    else
      expect(notice).toEqual({
        what: 'Azure schedules Preempt for this machine',
        at: when === 'now' ? null : when,
      })
  })

  it('is not known when it answers with something else', async () => {
    await using server = await metadataService(() => [200, 'workers_3'])
    await expect(azureNotices(server.endpoint).read(never)).rejects.toThrow('something else than events')
  })
})

describe('a file or an address', () => {
  it('says so by being there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'notice-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'going')
    expect(await fileNotices(file).read(never)).toBe(null)
    await writeFile(file, `${time}\n`)
    expect(await fileNotices(file).read(never)).toEqual({ what: `${file} is there`, at })
  })

  it.each([
    [404, 'x', null],
    [200, '', null],
    [200, 'soon', null],
    [200, JSON.stringify({ time }), at],
  ])('answers with %i and %j', async (status, text, when) => {
    await using server = await metadataService(() => [status, text])
    const notice = await addressNotices(`${server.endpoint}/going?token=hunter2`).read(never)
    if (status === 404 || text === '') expect(notice).toBe(null)
    else expect(notice).toEqual({ what: `${server.endpoint}/going says so`, at: when })
  })
})

it.each([
  [time, at],
  [`{"time": "${time}"}`, at],
  ['', null],
  ['terminate', null],
  ['{"time": 7}', null],
  ['{', null],
  ['5', null],
])('reads the time of %j', (text, expected) => expect(timeIn(text)).toBe(expected))
