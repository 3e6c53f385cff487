import { describe, expect, it } from 'vitest'
import { Shutdown } from '../../../launcher/src/lifecycle/shutdown.ts'

describe('Shutdown', () => {
  it('drains first, interrupts then, and ends at once in the end', () => {
    const done: unknown[] = []
    const shutdown = new Shutdown({
      drain: (why) => done.push(['drain', why]),
      interrupt: (why) => done.push(['interrupt', why]),
      exit: (code) => done.push(['exit', code]),
    })
    shutdown.request('SIGTERM')
    shutdown.request('SIGINT')
    shutdown.request('SIGINT')
    expect(done).toEqual([
      ['drain', 'SIGTERM'],
      ['interrupt', 'SIGINT'],
      ['exit', 130],
    ])
  })
})
