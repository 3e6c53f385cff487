import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { maxMessageBytes } from '../../../protocol/messages.ts'
import { workerTopics } from '../../../protocol/topics.ts'
import {
  connectReturns,
  judgeConnect,
  judgePublication,
  judgeWill,
  maySubscribe,
} from '../../../mothership/src/broker/rules.ts'

const worker = ulid()
const topics = workerTopics(ulid(), worker)
const request = { clientId: worker, username: worker, clean: true }

describe('a CONNECT', () => {
  it('is good with one id in both places and a clean session', () => expect(judgeConnect(request)).toBeNull())

  it.each([
    ['an id that is not one', { ...request, clientId: '../x' }, connectReturns.identifierRejected],
    ['an empty id', { ...request, clientId: '' }, connectReturns.identifierRejected],
    ['another user', { ...request, username: ulid() }, connectReturns.badCredentials],
    ['no user', { clientId: worker, clean: true }, connectReturns.badCredentials],
    ['a lasting session', { ...request, clean: false }, connectReturns.notAuthorized],
  ])('is refused with %s', (_, wrong, code) => expect(judgeConnect(wrong)?.returnCode).toBe(code))

  it('may carry a will to the own topic, and no other', () => {
    const will = { topic: topics.writeonly, payload: '' }
    expect(judgeWill({ ...request, will }, topics)).toBeNull()
    expect(judgeWill(request, topics)).toBeNull()
    expect(judgeWill({ ...request, will: { ...will, topic: topics.readonly } }, topics)).not.toBeNull()
    expect(judgeWill({ ...request, will: { ...will, retain: true } }, topics)).not.toBeNull()
  })
})

it('lets a worker write its own topic, in messages of the protocol’s size, not retained', () => {
  const good = { topic: topics.writeonly, payload: Buffer.alloc(maxMessageBytes) }
  expect(judgePublication(good, topics)).toBeNull()
  expect(judgePublication({ ...good, payload: Buffer.alloc(maxMessageBytes + 1) }, topics)).not.toBeNull()
  expect(judgePublication({ ...good, topic: topics.readonly }, topics)).not.toBeNull()
  expect(judgePublication({ ...good, retain: true }, topics)).not.toBeNull()
})

it('lets a worker read its own topic, and no pattern that contains it', () => {
  expect(maySubscribe(topics.readonly, topics)).toBe(true)
  for (const filter of [
    '#',
    '+/readonly/+/+',
    topics.writeonly,
    `${topics.readonly}/#`,
    `$share/a/${topics.readonly}`,
    '$SYS/#',
  ]) {
    expect(maySubscribe(filter, topics), filter).toBe(false)
  }
})
