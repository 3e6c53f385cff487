import { ulid } from 'ulid'
import { expect, inject, it } from 'vitest'
import { engine } from './containers.ts'
import { applyStack, logOf, startTask } from './runs.ts'
import { sharedWorld } from './shared-world.ts'

/*
 * Whatever an image brings, the run in it is the same: what a container is, the worker decides.
 */
const shared = sharedWorld({
  launcherEnv: { SPACELIFT_WORKER_MEMORY: '64Mi', SPACELIFT_WORKER_CPUS: '0.5', SPACELIFT_WORKER_PIDS: '50' },
})

/** The tests' runner image with other settings, in the words of a Dockerfile. */
async function derived(name: string, changes: readonly string[]) {
  const { Id } = (await engine('POST', '/containers/create', {
    Image: inject('engine').image,
    StopSignal: 'SIGUSR1',
  })) as { Id: string }
  try {
    const query = new URLSearchParams({ container: Id, repo: `localhost/${name}`, tag: ulid().toLowerCase() })
    for (const change of changes) query.append('changes', change)
    await engine('POST', `/commit?${query.toString()}`)
    const image = `localhost/${name}:${query.get('tag')}`
    return { image, [Symbol.asyncDispose]: () => engine('DELETE', `/images/${image}?force=1`).then(() => {}) }
  } finally {
    await engine('DELETE', `/containers/${Id}?force=1&v=1`)
  }
}

async function said(image: string, name: string, command: string): Promise<string> {
  const { world, people } = await shared()
  const stack = await applyStack(
    people,
    `name: ${name}\ntool: custom\nimage: ${image}\nfiles: [{path: source/mine, content: mine}]`,
  )
  const run = await startTask(people, stack, command)
  await world.reaches(run, ['FINISHED'])
  return logOf(people, run)
}

async function volumes(): Promise<number> {
  const { Volumes } = (await engine('GET', '/volumes')) as { Volumes: unknown[] | null }
  return Volumes?.length ?? 0
}

it('nothing that an image sets disturbs a run', async () => {
  const before = await volumes()
  await using made = await derived('disturbing', [
    'ENTRYPOINT ["/bin/false"]',
    'CMD ["--nonsense"]',
    'HEALTHCHECK --interval=1s --retries=1 CMD exit 1',
    'USER nobody:nogroup',
    'WORKDIR /odd/place',
    'ENV PATH=/odd/place HOME=/nowhere TF_VAR_spacelift_run_id=wrong ENV=/nonsense',
    'ONBUILD RUN exit 1',
    'VOLUME ["/mnt/workspace", "/mnt/workspace/source", "/mnt/workspace/deep/er", "/var/spacelift", "/data"]',
  ])
  const log = await said(
    made.image,
    'disturbing',
    'export PATH=/bin:/usr/bin; id -u; id -g; pwd; cat mine; echo "run $TF_VAR_spacelift_run_id"; touch x ../y "$HOME/z" && echo written; cat /proc/1/comm',
  )
  expect(log).toMatch(/\n1983\n1983\n\/mnt\/workspace\/source\nmine/)
  expect(log).not.toContain('run wrong')
  expect(log).toContain('\nwritten\ndocker-init\n')
  expect(await volumes()).toBe(before)
})

it('a container has the limits that the worker gives it, and can get no more privileges', async () => {
  const limits = [
    'memory.max',
    'memory/memory.limit_in_bytes',
    'pids.max',
    'pids/pids.max',
    'cpu.max',
    'cpu/cpu.cfs_quota_us',
  ]
  const command = `cd /sys/fs/cgroup; cat ${limits.join(' ')} 2>/dev/null; grep NoNewPrivs /proc/self/status; grep CapEff /proc/self/status; cat /proc/self/oom_score_adj`
  const log = await said(inject('engine').image, 'limited', command)
  expect(log).toMatch(/\n67108864\n50\n50000( 100000)?\n/)
  expect(log).toMatch(/NoNewPrivs:\s+1\n/)
  expect(log).toMatch(/CapEff:\s+0{16}\n500\n/)
})

it('a project root may have spaces and letters of any kind', async () => {
  const { world, people } = await shared()
  const id = await world.stack({
    'stack.yaml': "name: spaced\ntool: custom\nproject_root: a b/ü $x's\n",
    "a b/ü $x's/.spacelift/workflow.yml": 'plan: pwd; echo "root $TF_VAR_spacelift_project_root"\n',
  })
  const run = await world.trigger(id, ['--type', 'proposed'])
  await world.reaches(run, ['FINISHED'])
  const log = await logOf(people, run)
  expect(log).toContain("\n/mnt/workspace/source/a b/ü $x's\nroot a b/ü $x's\n")
})
