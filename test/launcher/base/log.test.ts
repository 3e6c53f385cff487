import { describe, expect, it } from 'vitest'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import { inShort, makeLogger, type LogLevel } from '../../../launcher/src/base/log.ts'
import { Secret } from '../../../launcher/src/base/secret.ts'

const world = (level: LogLevel = 'info') => {
  const text: string[] = []
  const log = makeLogger({ level, to: { write: (line) => void text.push(line) } })
  return { log, text, lines: () => text.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('makeLogger', () => {
  it('writes one JSON object a line, with a level by name and a time that people read', () => {
    const { log, lines, text } = world()
    log.info({ job: 'j' }, 'job taken')
    expect(lines()).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/) as string, job: 'j', msg: 'job taken' },
    ])
    expect(text[0]).toMatch(/\n$/)
  })

  it('is silent below its level', () => {
    const { log, text } = world('warn')
    log.info('not now')
    expect(text).toEqual([])
  })

  it('binds fields to child loggers', () => {
    const { log, lines } = world()
    log.child({ run: 'r' }).warn('late')
    expect(lines()[0]).toMatchObject({ run: 'r', msg: 'late' })
  })

  it('shows no secret of an object that was logged whole', () => {
    const { log, text } = world()
    log.info({
      session: 'hunter2',
      registered: { session: 'hunter2', worker: 'w' },
      given: { token: new Secret('hunter2') },
    })
    log.info({ plan: { environment: ['PASSWORD=hunter2'] }, headers: { authorization: 'Bearer hunter2' } })
    expect(text.join('')).not.toContain('hunter2')
    expect(text[0]).toContain('"worker":"w"')
  })

  it('shows the code of an error, and its cause', () => {
    const { log, lines } = world()
    log.error({ err: new LauncherError('DISK_FULL', 'no room', { cause: new Error('ENOSPC') }) })
    expect(lines()[0]).toMatchObject({
      err: { code: 'DISK_FULL', message: expect.stringContaining('ENOSPC') as string },
    })
  })
})

describe('inShort', () => {
  it('is a code and a sentence for what can happen, and everything for a bug', () => {
    expect(inShort(new LauncherError('DISK_FULL', 'no room'))).toEqual({ code: 'DISK_FULL', why: 'no room' })
    const bug = new TypeError('x is not a function')
    expect(inShort(bug)).toEqual({ err: bug })
  })
})
