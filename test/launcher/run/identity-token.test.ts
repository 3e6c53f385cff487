import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Job } from '../../../protocol/job.ts'
import { type Scene, succeeding, World } from './world.ts'

const token = 'head.claims.signature'

/** What jobs found, one after the other: the file's text, or null; and all that was on the launcher's own disk then. */
class Stage implements Disposable {
  readonly found: (string | null)[] = []
  readonly variables: (string | undefined)[] = []
  disk = ''
  readonly world: World

  constructor() {
    this.world = new World({
      play: async (scene: Scene) => {
        const path = join(scene.workspace, 'spacelift.oidc')
        this.found.push(existsSync(path) ? readFileSync(path, 'utf8') : null)
        if (existsSync(path)) expect(statSync(path).mode & 0o777).toBe(0o600)
        this.variables.push(scene.stage.plan.environment.find((entry) => entry.startsWith('SPACELIFT_OIDC_TOKEN=')))
        const journal = globSync(join(this.world.directory, 'journal/**/*')).filter((file) => statSync(file).isFile())
        this.disk += journal.map((file) => readFileSync(file, 'latin1')).join('')
        return succeeding('PLANNING')(scene)
      },
    })
  }

  async plan(changes: Partial<Job>) {
    this.world.control.reports.length = 0
    this.world.control.claim = null
    const job = this.world.job({ run: '01JD0000000000000000000002', type: 'TRACKED', phases: ['PLANNING'], ...changes })
    return this.world.conduct(job)
  }

  [Symbol.dispose](): void {
    this.world[Symbol.dispose]()
  }
}

it('is in a variable and a file of each job, and not in what is handed on, nor in the journal', async () => {
  using stage = new Stage()
  const first = await stage.plan({ pause: true, oidcToken: token })
  const continues = first?.workspace ?? null
  await stage.plan({ continues, oidcToken: 'another.to.ken' })
  await stage.plan({ continues })
  expect(stage.found).toEqual([token, 'another.to.ken', null])
  expect(stage.variables).toEqual([`SPACELIFT_OIDC_TOKEN=${token}`, 'SPACELIFT_OIDC_TOKEN=another.to.ken', undefined])
  expect(stage.disk).not.toBe('')
  expect(stage.disk).not.toContain(token)
})

it('leaves its place to a file and a variable of the stack', async () => {
  using stage = new Stage()
  const mine = {
    files: [{ path: 'spacelift.oidc', content: Buffer.from('mine').toString('base64'), secret: true }],
    environment: [{ name: 'SPACELIFT_OIDC_TOKEN', value: 'mine', secret: false, access: 'both' as const }],
    oidcToken: token,
  }
  const first = await stage.plan({ pause: true, ...mine })
  await stage.plan({ continues: first?.workspace ?? null, ...mine })
  expect(stage.found).toEqual(['mine', 'mine'])
  expect(stage.variables).toEqual(['SPACELIFT_OIDC_TOKEN=mine', 'SPACELIFT_OIDC_TOKEN=mine'])
})
