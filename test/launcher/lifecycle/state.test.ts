import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeLogger } from '../../../launcher/src/base/log.ts'
import { Lifecycle, states, type State } from '../../../launcher/src/lifecycle/state.ts'

const world = () => {
  const lines: string[] = []
  const lifecycle = new Lifecycle(makeLogger({ level: 'info', to: { write: (line) => void lines.push(line) } }))
  const logged = () => lines.map((line) => JSON.parse(line) as { from: State; to: State; why: string })
  return { lifecycle, logged }
}

/** Ways to each state. */
const ways: Record<State, State[]> = {
  starting: [],
  ready: ['ready'],
  offline: ['ready', 'offline'],
  draining: ['ready', 'draining'],
  stopped: ['draining', 'stopped'],
  failed: ['failed'],
}

const allowed: Record<State, State[]> = {
  starting: ['ready', 'draining', 'failed'],
  ready: ['offline', 'draining', 'failed'],
  offline: ['ready', 'draining', 'failed'],
  draining: ['stopped', 'failed'],
  stopped: [],
  failed: [],
}

describe('Lifecycle', () => {
  it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))('from %s to %s: as drawn', (from, to) => {
    const { lifecycle } = world()
    for (const step of ways[from]) lifecycle.move(step, 'on the way')
    expect(lifecycle.state).toBe(from)
    const moves = allowed[from].includes(to)
    expect(lifecycle.move(to, 'why')).toBe(moves)
    expect(lifecycle.state).toBe(moves ? to : from)
  })

  it('logs each move, with its reason, and no refused one', () => {
    const { lifecycle, logged } = world()
    lifecycle.move('ready', 'subscribed')
    lifecycle.move('stopped', 'no')
    lifecycle.move('draining', 'SIGTERM')
    expect(logged()).toMatchObject([
      { from: 'starting', to: 'ready', why: 'subscribed' },
      { from: 'ready', to: 'draining', why: 'SIGTERM' },
    ])
    expect(lifecycle.why).toBe('SIGTERM')
  })

  it('never leaves a drain but to end', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...states), { maxLength: 20 }), (tries) => {
        const { lifecycle } = world()
        const seen = tries.filter((to) => lifecycle.move(to, 'try'))
        const after = seen.slice(seen.indexOf('draining') + 1)
        if (seen.includes('draining')) expect(['', 'stopped', 'failed']).toContain(after.join())
      }),
    )
  })
})
