import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { Results } from '../../../../protocol/results.ts'
import { LauncherError } from '../../../../launcher/src/base/errors.ts'
import type { Upload } from '../../../../launcher/src/run/control.ts'
import { Ending } from '../../../../launcher/src/run/ending.ts'
import type { JobInHand } from '../../../../launcher/src/run/job-in-hand.ts'
import { Stop } from '../../../../launcher/src/run/outcome.ts'
import { deliverResults } from '../../../../launcher/src/run/results/results.ts'
import { uploadTimeoutMs } from '../../../../launcher/src/run/results/upload-timeout.ts'
import { jobDirectories } from '../../../../launcher/src/run/workspace/directories.ts'
import { sampleJob } from '../../../fakes/jobs.ts'
import { ManualClock } from '../../../fakes/manual-clock.ts'
import { until } from '../../../fakes/until.ts'

const id = '01JD0000000000000000000001'
const plan = JSON.stringify({
  resource_changes: [{ address: 'a.b', type: 'a', mode: 'managed', change: { actions: ['create'] } }],
})

/** The workspace of a job whose container has ended, and who listens. */
class World implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'results-'))
  readonly directories = jobDirectories(this.root, id)
  readonly clock = new ManualClock()
  readonly sent: Results[] = []
  readonly lines: string[] = []
  readonly stopping = new AbortController()
  job = sampleJob(id, { environment: [], files: [], phases: ['INITIALIZING', 'PLANNING'] })
  answer: (signal: AbortSignal) => Promise<void> = async () => {}

  constructor() {
    mkdirSync(join(this.directories.source, 'infra'), { recursive: true })
  }

  write(path: string, content: string): void {
    writeFileSync(join(this.directories.workspace, path), content)
  }

  get left(): string[] {
    return readdirSync(this.directories.workspace)
  }

  deliver(): Promise<void> {
    const upload = async (_job: string, { what, open }: Upload, signal: AbortSignal) => {
      await this.answer(signal)
      expect(what).toBe('results')
      this.sent.push(JSON.parse(await text(open())) as Results)
      return { length: 0, sha256: '' }
    }
    const hand = {
      id,
      directories: this.directories,
      ending: new Ending(this.stopping.signal),
      operator: pino({ level: 'silent' }),
      control: { upload } as Pick<JobInHand['control'], 'upload'> as JobInHand['control'],
      log: { line: async (line: string) => void this.lines.push(line) } as unknown as JobInHand['log'],
      job: this.job,
    }
    return deliverResults({ clock: this.clock, settings: { passed: [], masked: [] } }, hand)
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

describe('deliverResults', () => {
  it('tells what the script left, and removes it before the workspace is sealed', async () => {
    using world = new World()
    world.write('.spacelift-plan.json', plan)
    world.write('.spacelift-project', 'infra')
    world.write('source/infra/cost.custom.spacelift.json', '[1]')
    await world.deliver()
    const changes = [{ address: 'a.b', previousAddress: null, type: 'a', action: 'add' }]
    expect(world.sent).toEqual([
      {
        plan: { add: 1, change: 0, destroy: 0, import: 0, forget: 0, resources: 1, changes },
        outputs: null,
        planInputs: [{ key: 'cost', content: '[1]' }],
      },
    ])
    expect(world.lines.at(-1)).toBe('Changes of the plan: +1 ~0 -0')
    expect(world.left).toEqual(['source'])
  })

  it('keeps back what holds a secret of the run, whatever the tool says of it', async () => {
    using world = new World()
    const environment = [{ name: 'KEY', value: 'first-"line"\nsecond line', secret: true, access: 'both' as const }]
    world.job = sampleJob(id, { environment, files: [], phases: ['APPLYING'] })
    const value = { deep: ['before first-"line" after'] }
    const open = { sensitive: false, value: 'harmless' }
    world.write('.spacelift-outputs.json', JSON.stringify({ one: { sensitive: false, value }, two: open }))
    world.write('.spacelift-project', '.')
    world.write('source/told.custom.spacelift.json', '["second line"]')
    await world.deliver()
    expect(world.sent).toMatchObject([
      {
        outputs: [
          { name: 'one', sensitive: true, value: null },
          { name: 'two', sensitive: false, value: '"harmless"' },
        ],
        planInputs: [],
      },
    ])
    expect(world.lines).toContain('told.custom.spacelift.json is not kept: it holds a secret of the run')
  })

  it('says and sends nothing of a job that left nothing', async () => {
    using world = new World()
    world.write('.spacelift-project', '.')
    await world.deliver()
    expect([world.sent, world.lines, world.left]).toEqual([[], [], ['source']])
  })

  it('fails nothing when the control plane refuses, as an older one does', async () => {
    using world = new World()
    world.write('.spacelift-outputs.json', '{"a":{"sensitive":false,"value":1}}')
    world.answer = () => Promise.reject(new LauncherError('CONTROL_REFUSED', 'not found'))
    await world.deliver()
    expect(world.lines.at(-1)).toBe(
      'The plan and the outputs of this run could not be kept; what it did is not affected',
    )
  })

  it('gives up after a time, and when the job is ended', async () => {
    for (const end of [
      (world: World) => world.clock.advance(600_000),
      async (world: World) => world.stopping.abort(new Stop('stopped')),
    ]) {
      using world = new World()
      world.write('.spacelift-plan.json', plan)
      let asked = false
      world.answer = (signal) =>
        new Promise((_, reject) => {
          asked = true
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        })
      const delivered = world.deliver()
      await until('the upload', () => asked)
      await end(world)
      await delivered
      expect(world.sent).toEqual([])
    }
  })

  it('reads no inputs where the project is said to be outside of the source, or behind a link', async () => {
    using world = new World()
    world.write('evil.custom.spacelift.json', '[1]')
    symlinkSync(world.root, join(world.directories.source, 'out'))
    for (const project of ['..', 'out', '../../..', '/etc', 'nowhere']) {
      world.write('.spacelift-project', project)
      await world.deliver()
    }
    expect(world.sent).toEqual([])
  })

  it('keeps inputs that are not too large, plain files and JSON, and names the others', async () => {
    using world = new World()
    world.write('.spacelift-project', '.')
    world.write('source/large.custom.spacelift.json', JSON.stringify('x'.repeat(1024 * 1024)))
    world.write('source/text.custom.spacelift.json', 'no')
    world.write('secret', '[1]')
    symlinkSync('../secret', join(world.directories.source, 'link.custom.spacelift.json'))
    await world.deliver()
    expect(world.sent).toEqual([])
    expect(world.lines).toEqual([
      'large.custom.spacelift.json is not kept: it is larger than 1048576 bytes',
      'link.custom.spacelift.json is not kept: it is no plain file',
      'text.custom.spacelift.json is not kept: it is not JSON',
    ])
  })
})

it.each([
  ['90s', 90_000],
  ['1m30s', 90_000],
  ['2.5m', 150_000],
  ['20m', 600_000],
  ['1ms', 1000],
  ['soon', 600_000],
])('takes %s of the stack as the time for the upload', (value, ms) => {
  expect(uploadTimeoutMs([{ name: 'SPACELIFT_STATE_OUTPUTS_UPLOAD_TIMEOUT', value }])).toBe(ms)
})
