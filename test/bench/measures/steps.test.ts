import { describe, expect, it } from 'vitest'
import { medianSteps, stepsOf } from './steps.ts'

const job = '01JVW4C7R4Q8W2F1Z7E6T5Y3MB'
const event = (action: string, atMs: number) => ({ action, container: 'c', labels: {}, atMs })

describe('steps', () => {
  it('puts calls and events in the order of time, and numbers those of one name', () => {
    const calls = [
      { call: `PUT /v1/jobs/${job}/log`, begunMs: 150, answeredMs: 152 },
      { call: `GET /v1/jobs/${job}`, begunMs: 105, answeredMs: 106 },
      { call: `PUT /v1/jobs/${job}/log`, begunMs: 170, answeredMs: 171 },
    ]
    expect(stepsOf(100, { calls, events: [event('start', 160)] })).toEqual([
      { name: 'call: GET the job', atMs: 5, tookMs: 1 },
      { name: 'call: PUT log', atMs: 50, tookMs: 2 },
      { name: 'container: start', atMs: 60, tookMs: null },
      { name: 'call: PUT log (2)', atMs: 70, tookMs: 1 },
    ])
  })

  it('takes the median of each step, and leaves out what happened in few runs only', () => {
    const run = (atMs: number) => [{ name: 'start', atMs, tookMs: null }]
    const rare = { name: 'heartbeat', atMs: 1, tookMs: 1 }
    expect(medianSteps([run(10), [rare, ...run(30)], run(20)])).toEqual([{ name: 'start', atMs: 20, tookMs: null }])
  })
})
