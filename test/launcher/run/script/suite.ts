import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Phase } from '../../../../protocol/job.ts'
import { MarkReader } from '../../../../launcher/src/logs/marks.ts'
import { endingFile, jobScript, type ScriptParts } from '../../../../launcher/src/run/script/script.ts'
import { until } from '../../../fakes/until.ts'

const word = '0123456789abcdef0123456789abcdef'
const run = '01JD0000000000000000000002'

type Shell = readonly [string, ...string[]]
type Changes = Partial<ScriptParts['job']> & {
  commands?: Partial<ScriptParts['commands']>
  binaries?: boolean
  debug?: boolean
}

/** A directory that stands for a container's file system, with a script in it. */
class World implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'script "ü '))
  readonly paths = {
    workspace: join(this.root, 'work space'),
    source: join(this.root, 'work space', 'source'),
    script: join(this.root, 'script'),
    binaries: join(this.root, 'binaries'),
  }

  constructor(changes: Changes = {}) {
    mkdirSync(join(this.paths.source, changes.projectRoot ?? ''), { recursive: true })
    for (const made of [this.paths.script, this.paths.binaries, this.#programs]) mkdirSync(made)
    // A machine without it is as good as another one.
    this.#executable(join(this.#programs, 'ps'), 'exit 0')
    this.write(changes)
  }

  /** Writes the script of another job, as it finds the same workspace. */
  write(changes: Changes): void {
    const { commands, binaries, debug = false, ...job } = changes
    const projectRoot = job.projectRoot ?? ''
    const phases: Phase[] = ['INITIALIZING', 'PLANNING']
    const text = jobScript({
      job: { run, phases, pause: false, continues: null, hooks: {}, command: null, projectRoot, ...job },
      commands: {
        INITIALIZING: 'echo init',
        PLANNING: 'echo plan',
        APPLYING: 'echo apply',
        DESTROYING: 'echo destroy',
        changesExitCode: null,
        ...commands,
      },
      word,
      paths: this.paths,
      binaries: binaries ?? false,
      debug,
    })
    writeFileSync(this.script, text)
  }

  get script(): string {
    return join(this.paths.script, 'run.sh')
  }

  get environment(): Record<string, string> {
    return { PATH: `${this.#programs}:/usr/bin:/bin`, HOME: this.root }
  }

  tool(name: string, text: string): void {
    this.#executable(join(this.paths.binaries, name), text)
  }

  get #programs(): string {
    return join(this.root, 'programs')
  }

  #executable(path: string, text: string): void {
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
  }

  play(shell: Shell, env: Readonly<Record<string, string>> = {}): Played {
    const [program, ...args] = shell
    const { stdout, stderr, status } = spawnSync(program, [...args, this.script], {
      env: { ...this.environment, ...env },
      cwd: this.paths.workspace,
    })
    expect(stderr.toString(), 'all output is on one stream').toBe('')
    return playedOf(stdout, status)
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

interface Played {
  readonly text: string
  readonly lines: string[]
  readonly marks: string[]
  readonly status: number | null
}

function playedOf(output: Buffer, status: number | null): Played {
  const reader = new MarkReader(word)
  const pieces = [...reader.read(output), ...reader.end()]
  const text = pieces.map((piece) => ('text' in piece ? Buffer.from(piece.text).toString() : '')).join('')
  const marks = pieces.flatMap((piece) => ('mark' in piece && piece.mark !== 'line' ? [piece.mark] : []))
  return {
    text,
    lines: text
      .split('\n')
      .slice(0, -1)
      .filter((line) => !line.includes('prerequisites')),
    marks,
    status,
  }
}

const said = (line: string) => `[${run}] ${line}`

/** What the script does in a shell, which is a program and its arguments. */
export function describeScript(shell: Shell): void {
  describe(`the script in ${basename(shell[0])} ${shell.slice(1).join(' ')}`, () => scriptTests(shell))
}

function scriptTests(shell: Shell): void {
  it('runs the phases in order and says what they are', () => {
    using world = new World({ hooks: { beforeInit: ['echo 1'], afterInit: ['echo 2', 'echo 3'] } })
    const { lines, marks, status } = world.play(shell)
    expect(lines).toEqual([
      said('Initializing with 3 custom hooks...'),
      '1',
      'init',
      '2',
      '3',
      said('Initialization is GO'),
      said('Planning changes with 0 custom hooks...'),
      'plan',
      said('Changes are GO'),
    ])
    expect(marks).toEqual(['phase INITIALIZING', 'phase PLANNING', 'changes 1', 'end 0 done'])
    expect(status).toBe(0)
  })

  it('shows each line of a command before it runs, if that is wanted, and not what is in its variables', () => {
    const hooks = { beforePlan: ['X=\'a  \\b\'\nprintf "%s\\n" "$X" `echo c`'], afterRun: ['echo over'] }
    using world = new World({ hooks, debug: true, phases: ['PLANNING'] })
    const { lines, marks } = world.play(shell)
    expect(lines).toEqual([
      said('Planning changes with 1 custom hooks...'),
      said("$ X='a  \\b'"),
      said('$ printf "%s\\n" "$X" `echo c`'),
      'a  \\b',
      'c',
      said('$ echo plan'),
      'plan',
      said('Changes are GO'),
      said('$ echo over'),
      'over',
    ])
    expect(marks.at(-1)).toBe('end 0 done')
  })

  it('lets phases see what hooks of earlier ones exported, and tells them where they are', () => {
    using world = new World({
      hooks: { beforeInit: ['export A=one; B=two'], beforePlan: ['echo "$A $B $TF_VAR_spacelift_run_state"'] },
    })
    expect(world.play(shell).lines).toContain('one two PLANNING')
  })

  it('hands on to the job that goes on from it what was exported, and nothing else', () => {
    const odd = `it's "$HOME" \\ \`x\`\n\nGREETING=no\nNOWHERE=no\n 'ü' \t\n\n`
    const hooks = {
      beforeInit: ['export ODD="$GIVEN" EMPTY= CHANGED=new; NOT_EXPORTED=x; unset GONE'],
      afterPlan: ['export GREETING=hello PATH="$PATH:/more"; set -euf; IFS=e'],
    }
    using world = new World({ pause: true, hooks })
    const given = { GIVEN: odd, CHANGED: 'old', GONE: 'x', SAME: 'first', TF_VAR_spacelift_run_id: '1' }
    expect(world.play(shell, given).marks.at(-1)).toBe('end 0 done')
    const others = ['source', '.spacelift-project']
    const [file = '', ...more] = readdirSync(world.paths.workspace).filter((name) => !others.includes(name))
    expect(more).toEqual([])
    expect(statSync(join(world.paths.workspace, file)).mode & 0o777).toBe(0o600)

    const look = { APPLYING: `env -0 > seen` }
    world.write({ phases: ['APPLYING'], continues: { length: 1, sha256: '0'.repeat(64) }, commands: look })
    expect(world.play(shell, { ...given, SAME: 'second', CHANGED: 'newer' }).marks.at(-1)).toBe('end 0 done')
    const seen = readFileSync(join(world.paths.source, 'seen'), 'utf8').split('\0').filter(Boolean)
    const env = Object.fromEntries(
      seen.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    )
    expect(env).toMatchObject({ ODD: odd, EMPTY: '', CHANGED: 'new', GREETING: 'hello', SAME: 'second' })
    expect(env).toMatchObject({ PATH: `${world.environment['PATH']}:/more`, TF_VAR_spacelift_run_state: 'APPLYING' })
    expect(Object.keys(env).filter((name) => /^(GONE|NOWHERE|NOT_EXPORTED|spacelift_.*)$/.test(name))).toEqual([])
    expect(readdirSync(world.paths.workspace), 'it is read once').not.toContain(file)
  })

  it('fails in place of pausing when what was exported cannot be kept', () => {
    using world = new World({ pause: true, hooks: { afterPlan: ['mkdir ../.spacelift-environment'] } })
    const { marks, text } = world.play(shell)
    expect(marks.at(-1)).toMatch(/^end [1-9]\d* afterPlan$/)
    expect(text).toMatch(/Unexpected exit code when keeping the environment: [1-9]/)
  })

  it.each([
    ['a before hook', { hooks: { beforePlan: ['exit 3', 'echo never'] } }, 'end 3 beforePlan'],
    ['a failing line of a hook', { hooks: { beforePlan: ['(exit 3)\necho never'] } }, 'end 3 beforePlan'],
    ['a hook with an open quote', { hooks: { beforePlan: [`echo "never`] } }, 'end N beforePlan'],
    ['a hook with an open brace', { hooks: { beforePlan: ['{ echo never'] } }, 'end N beforePlan'],
    ['the command', { commands: { PLANNING: '(exit 7)' } }, 'end 7 command'],
    ['a command of several lines', { commands: { PLANNING: '(exit 7)\necho never' } }, 'end 7 command'],
    ['an after hook', { hooks: { afterPlan: ['false', 'echo never'] } }, 'end 1 afterPlan'],
    ['an exit that says 0', { hooks: { beforePlan: ['exit 0'] } }, 'end 0 beforePlan'],
  ])('ends at %s that fails', (_, changes, end) => {
    using world = new World({ ...changes, phases: ['INITIALIZING', 'PLANNING', 'APPLYING'] })
    const { lines, marks, status, text } = world.play(shell)
    const [, code, step] = /end (\d+) (\w+)/.exec(marks.at(-1) ?? '') ?? []
    const hook = step === 'command' ? null : step?.replace('P', '_p')
    expect(marks.at(-1)).toBe(end.replace('N', String(code)))
    expect(status).toBe(Number(code))
    expect(lines).toContain(
      said(`Unexpected exit code when ${hook ? `running the ${hook} hooks` : 'planning changes'}: ${code}`),
    )
    expect(text).not.toMatch(/^never|apply/m)
  })

  it('does not let the newline or comment at the end of a hook hide anything', () => {
    using world = new World({ hooks: { beforeInit: ['false # comment\n\n'] } })
    expect(world.play(shell).marks.at(-1)).toBe('end 1 beforeInit')
  })

  it('keeps the meaning of a semicolon on one line, and of a here-document and an if over several', () => {
    using world = new World({
      hooks: {
        beforeInit: [
          'false; echo went on',
          "cat <<'EOF'\n$HOME `x` 'quoted'\nEOF\nif false\nthen echo no\nelse echo else\nfi",
        ],
      },
    })
    const { lines, status } = world.play(shell)
    expect(lines).toEqual(expect.arrayContaining(['went on', "$HOME `x` 'quoted'", 'else']))
    expect(status).toBe(0)
  })

  it('skips the after hooks of a phase that failed', () => {
    using world = new World({ commands: { INITIALIZING: 'false' }, hooks: { afterInit: ['echo never'] } })
    expect(world.play(shell).text).not.toContain('never')
  })

  it.each([
    [0, ['changes 0', 'end 0 done'], false],
    [2, ['changes 1', 'phase APPLYING', 'end 0 done'], true],
  ])('applies in the same job only if there are changes (exit code %i)', (code, marks, applied) => {
    using world = new World({
      phases: ['PLANNING', 'APPLYING'],
      commands: { PLANNING: `(exit ${code})`, changesExitCode: 2 },
      hooks: { afterPlan: ['echo after'] },
    })
    const played = world.play(shell)
    expect(played.marks).toEqual(['phase PLANNING', ...marks])
    expect(played.lines.includes('apply')).toBe(applied)
    expect(played.lines).toContain('after')
  })

  it('fails a plan whose exit code says neither', () => {
    using world = new World({ commands: { PLANNING: 'exit 1', changesExitCode: 2 } })
    expect(world.play(shell).marks.slice(-2)).toEqual(['phase PLANNING', 'end 1 command'])
  })

  it('ends after a plan with changes if the job pauses, without after_run hooks', () => {
    const hooks = { afterRun: ['echo after run'] }
    using paused = new World({ pause: true, hooks, commands: { PLANNING: '(exit 2)', changesExitCode: 2 } })
    expect(paused.play(shell).text).not.toContain('after run')
    using nothing = new World({ pause: true, hooks, commands: { changesExitCode: 2 } })
    expect(nothing.play(shell).lines).toContain('after run')
  })

  it.each([
    ['FINISHED', {}],
    ['FAILED', { commands: { INITIALIZING: 'exit 4' } }],
  ])('runs after_run hooks with the final state %s', (state, changes) => {
    const afterRun = ['export X=$TF_VAR_spacelift_final_run_state', 'echo "final $X $PWD"; exit 9', 'echo never']
    using world = new World({ ...changes, projectRoot: 'a b/ü', hooks: { afterRun } })
    const { lines, marks } = world.play(shell)
    expect(lines).toContain(`final ${state} ${join(world.paths.source, 'a b/ü')}`)
    expect(lines.at(-1)).toBe(said('Unexpected exit code when running the after_run hooks: 9'))
    expect(marks.at(-1)).toBe(state === 'FINISHED' ? 'end 0 done' : 'end 4 command')
  })

  it("keeps the plan's JSON and the outputs for the launcher, whatever a hook has set, and shows them nowhere", () => {
    using world = new World({
      phases: ['PLANNING', 'APPLYING'],
      projectRoot: 'a b',
      hooks: { afterPlan: ['set -euf; IFS=e; umask 0'], afterApply: ['export GREETING=hello'] },
      commands: { showPlan: 'printf %s "$PWD" one  two', outputs: 'printf %s "$GREETING"' },
    })
    const { text, marks } = world.play(shell)
    expect(marks.at(-1)).toBe('end 0 done')
    const read = (name: string) => readFileSync(join(world.paths.workspace, name), 'utf8')
    expect(read('.spacelift-project')).toBe('a b')
    expect(read('.spacelift-plan.json')).toBe(`${join(world.paths.source, 'a b')}onetwo`)
    expect(read('.spacelift-outputs.json')).toBe('hello')
    expect(statSync(join(world.paths.workspace, '.spacelift-outputs.json')).mode & 0o777).toBe(0o600)
    expect(text).toContain(
      'Changes are GO\n[01JD0000000000000000000002] Generating JSON representation of the plan...\n',
    )
    expect(text).not.toMatch(/onetwo|hello/)
  })

  it('goes on without the JSON of a plan that cannot be shown', () => {
    using world = new World({ phases: ['PLANNING', 'APPLYING'], commands: { showPlan: 'echo half; exit 3' } })
    const { lines, marks } = world.play(shell)
    expect(lines).toContain(said('Unexpected exit code when generating JSON representation of the plan: 3'))
    expect(lines).toContain('apply')
    expect(marks.at(-1)).toBe('end 0 done')
    expect(readFileSync(join(world.paths.workspace, '.spacelift-plan.json'), 'utf8')).toBe('')
  })

  it('runs a task in a shell of its own', () => {
    using world = new World({
      phases: ['PERFORMING'],
      command: `X='it''s'; echo "$X" "$Y"; exit 5`,
      hooks: { beforePerform: ['export Y=y'] },
    })
    const { lines, marks } = world.play(shell)
    expect(lines).toContain('its y')
    expect(marks).toEqual(['phase PERFORMING', 'end 5 command'])
  })

  it('puts the mounted tool before any other', () => {
    using world = new World({ phases: ['DESTROYING'], commands: { DESTROYING: 'tofu' }, binaries: true })
    world.tool('tofu', 'echo mounted')
    expect(world.play(shell).lines).toContain('mounted')
  })

  it('says that the project is missing when it cannot enter it', () => {
    using world = new World()
    rmSync(world.paths.source, { recursive: true })
    expect(world.play(shell).marks.at(-1)).toMatch(/^end [1-9]\d* command$/)
  })

  it('still says how it ended when a hook sets options or a trap of its own', () => {
    using world = new World({ hooks: { beforeInit: ['set -eu; trap "echo mine" EXIT'], beforePlan: ['false'] } })
    const { marks, lines } = world.play(shell)
    expect(marks.at(-1)).toMatch(/^phase PLANNING$|^end 1 beforePlan$/)
    expect(lines).toContain('mine')
  })

  it('does not start when it is to end already', () => {
    using world = new World()
    writeFileSync(join(world.paths.script, endingFile), 'STOPPED\n')
    expect(world.play(shell).marks.at(-1)).toMatch(/^end 130 /)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'lives on when %s ends the tool, runs after_run, and does not go on',
    async (name) => {
      using world = new World({
        phases: ['PLANNING', 'APPLYING'],
        commands: { PLANNING: 'waits', changesExitCode: 2 },
        hooks: { afterRun: ['echo "final $TF_VAR_spacelift_final_run_state"'] },
        binaries: true,
      })
      world.tool('waits', 'echo started\nexec sleep 60')
      const [program, ...args] = shell
      const child = spawn(program, [...args, world.script], { env: world.environment, detached: true })
      const output: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
      const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
      await until('the tool', () => Buffer.concat(output).includes('started'))
      writeFileSync(join(world.paths.script, endingFile), 'STOPPED\n')
      process.kill(-Number(child.pid), name)
      const played = playedOf(Buffer.concat(output), await closed)
      const all = playedOf(Buffer.concat(output), played.status)
      expect(all.lines).toContain('final STOPPED')
      expect(all.marks.at(-1)).toMatch(/^end 1(30|43) command$/)
      expect(all.text).not.toContain('apply')
    },
  )
}
