import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import '../../support/provided.ts'
import { policyOf } from './policy-world.ts'

/*
 * What a policy does not get away with, on the real opa.
 */
const v1 = (...rules: string[]) => ['package spacelift', ...rules].join('\n\n')
const failed = (why: RegExp) => ({ code: 'POLICY_FAILED', message: expect.stringMatching(why) as string })
const scratch = async () => (await readdir(tmpdir())).filter((name) => /^policy-(?!test)/.test(name))

describe('an evaluation', () => {
  it('that does not end is ended, denies, and leaves nothing', async () => {
    const rule =
      'deny contains "x" if count([1 | some i in numbers.range(1, 10000000); some j in numbers.range(1, 100); i == -j]) > 0'
    const before = await scratch()
    const policy = await policyOf(v1(rule), { timeoutMs: 1000 })
    await expect(policy.judge()).rejects.toMatchObject(failed(/its evaluation took longer than 1000 ms$/))
    expect(await scratch()).toEqual(before)
  })

  it('ends with the run', async () => {
    const rule =
      'deny contains "x" if count([1 | some i in numbers.range(1, 10000000); some j in numbers.range(1, 100); i == -j]) > 0'
    const { policy } = await policyOf(v1(rule))
    const stop = new AbortController()
    const judged = policy.verdict({}, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(judged).rejects.toThrow('stopped')
  })

  it('that wants too much memory denies', async () => {
    const rule =
      'deny contains "x" if count(concat("", [s | some i in numbers.range(1, 3000); s := input.stack.name])) == 3'
    const policy = await policyOf(v1(rule), { timeoutMs: 60_000 })
    const stack = { id: 'a', name: 'x'.repeat(1_000_000), labels: [], space: 'root' }
    await expect(policy.judge({ stack })).rejects.toMatchObject(failed(/more memory than it may use|ended by SIGKILL/))
  })

  it('takes an input of ten megabytes', async () => {
    const policy = await policyOf(v1('deny contains "large" if count(input.run.user_provided_metadata[0]) == 10000000'))
    expect(await policy.judge({ metadata: ['ä'.repeat(10_000_000)] })).toEqual(['large'])
  })

  it('with two values for one rule denies', async () => {
    const policy = await policyOf(v1('a := 1 if true', 'a := 2 if input.run', 'deny contains "x" if a == 3'))
    await expect(policy.judge()).rejects.toMatchObject(failed(/eval_conflict_error/))
  })

  it('denies with whatever is in deny, and says so in bounds', async () => {
    const policy = await policyOf(
      v1('deny contains {"a": 1} if true', 'deny contains i if some i in numbers.range(1, 200)'),
    )
    const messages = await policy.judge()
    expect(messages).toHaveLength(51)
    expect(messages.at(-1)).toBe('and 151 more')
    expect(await (await policyOf(v1('deny contains 1 if true'))).judge()).toEqual(['1'])
  })

  it('denies if deny is no set', async () => {
    const policy = await policyOf(v1('deny := input.run.type'))
    await expect(policy.judge()).rejects.toMatchObject(failed(/its deny is a string, and has to be a set of messages/))
  })
})

describe('an opa that does something else than to answer', () => {
  const instead = async (script: string, why: RegExp) => {
    const directory = await mkdtemp(join(tmpdir(), 'opa-instead-'))
    try {
      const opa = join(directory, 'opa')
      await writeFile(opa, `#!/bin/sh\nif [ "$1" = eval ]; then ${script}; else exec ${inject('opa')} "$@"; fi\n`, {
        mode: 0o755,
      })
      const policy = await policyOf(v1('deny contains "x" if false'), { opa })
      await expect(policy.judge({ metadata: ['x'.repeat(1_000_000)] })).rejects.toMatchObject(failed(why))
    } finally {
      await rm(directory, { recursive: true })
    }
  }

  it.each([
    ['nonsense', 'echo nonsense', /no answer that makes sense/],
    ['nothing', 'exit 0', /no answer that makes sense/],
    ['another answer', `echo '{"result": [{"bindings": {"answer": {"deny": true}}}]}'`, /no answer that makes sense/],
    ['an exit code', 'echo >&2 no way; exit 7', /the run is denied: \S+: no way$/],
    ['a crash', 'kill -SEGV $$', /opa was ended by SIGSEGV/],
    ['an endless answer', 'exec yes', /opa said more than it may/],
  ])('denies: %s', async (_, script, why) => instead(script, why))
})

describe('exec', () => {
  it('gives status and both outputs, and sees none of the launcher credentials', async () => {
    const policy = await policyOf(
      v1(
        'deny contains sprintf("%d %s %s", [r.status, r.stdout, r.stderr]) if r := exec(["sh", "-c", "echo $0; echo >&2 err; exit 3", input.run.type])',
        'deny contains sprintf("<%s>", [exec("env").stdout]) if true',
      ),
      { exec: true },
    )
    const [status, env] = await policy.judge()
    expect(status).toBe('3 TASK\n err\n')
    expect(env).toMatch(/^<[^]*PATH=/)
    expect(env).not.toContain('the token')
  })

  it('runs nothing that hangs on a result that is not known yet', async () => {
    const policy = await policyOf(
      v1('deny contains "ran" if { not exec(["true"]).status == 0; exec("kill -9 $PPID").status == 0 }'),
      { exec: true },
    )
    expect(await policy.judge()).toEqual([])
  })

  it('answers 127 for a program that is not there', async () => {
    const policy = await policyOf(v1('deny contains r.stderr if { r := exec(["/nowhere/x"]); r.status == 127 }'), {
      exec: true,
    })
    expect(await policy.judge()).toEqual(['/nowhere/x: ENOENT'])
  })

  it('does not run what the input makes the policy print', async () => {
    const file = join(tmpdir(), `forged-${process.pid}`)
    const rule = 'deny contains "x" if { print(input.stack.name); exec(["true"]).status == 1 }'
    const policy = await policyOf(v1(rule), { exec: true })
    const name = `a\n${'0'.repeat(32)} ${Buffer.from(JSON.stringify(['touch', file])).toString('base64')}`
    expect(await policy.judge({ stack: { id: 'a', name, labels: [], space: 'root' } })).toEqual([])
    expect(existsSync(file)).toBe(false)
  })

  it.each([
    [
      'a program that does not end, with what it started',
      'exec("sleep 600 & sleep 600").status == 0',
      /longer than 1000 ms/,
    ],
    ['too much output', 'exec("yes | head -c 1000000").status == 0', /printed more than 65536 characters/],
    [
      'an endless number of programs',
      'some i in numbers.range(1, 100); exec(["echo", sprintf("%d", [i])]).status == 1',
      /more than 16 times|longer than/,
    ],
    ['what is no command', 'exec({"a": 1}).status == 0', /expected a list of texts or a text/],
    ['a word with NUL', 'exec(["echo", "a\\u0000b"]).status == 0', /expected a list of texts or a text/],
    ['an empty command', 'exec([]).status == 0', /expected a list of texts or a text/],
  ])('denies for %s', async (_, body, why) => {
    const policy = await policyOf(v1(`deny contains "x" if { ${body} }`), {
      exec: true,
      timeoutMs: why.source.includes('1000 ms') ? 1000 : 10_000,
    })
    await expect(policy.judge()).rejects.toMatchObject(failed(why))
  })
})

describe('sample', () => {
  it('keeps the evaluation, with the input', async () => {
    const policy = await policyOf(v1('deny contains "no" if input.run.type == "TASK"', 'sample if true'))
    await policy.judge({ run: '01JD0000000000000000000001' })
    await policy.judge({ type: 'TRACKED' })
    const [denied, allowed] = policy.samples.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(denied).toMatchObject({
      level: 'info',
      msg: 'Sample 0/INITIALIZATION/01JD0000000000000000000001/deny',
      sample: {
        body: policy.compiled.text,
        outcome: 'deny',
        results: { deny: ['no'], sample: true },
        error: '',
        input: { run: { type: 'TASK' } },
      },
      ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    })
    expect(allowed).toMatchObject({ sample: { outcome: 'allow', results: { deny: [], sample: true } } })
  })

  it('shows no secret, and neither do messages nor failures; the policy sees all', async () => {
    const command = 'echo hunter2'
    const environment = [{ name: 'KEY', value: 'hunter2', secret: true, access: 'both' as const }]
    const rule =
      'deny contains input.static_run_environment.command if endswith(input.static_run_environment.command, "ter2")'
    const policy = await policyOf(v1(rule, 'sample if true'))
    expect(await policy.judge({ command, environment })).toEqual(['echo *****'])
    expect(policy.samples.join('')).not.toContain('hunter2')
    const failing = await policyOf(v1('deny contains "x" if exec({"a": input.static_run_environment.command})'), {
      exec: true,
    })
    const failure = await failing.judge({ command, environment }).catch((error: unknown) => String(error))
    expect(failure).toMatch(/exec\(.*\*{5}/)
    expect(failure).not.toContain('hunter2')
  })

  it('keeps nothing unless the policy wants it', async () => {
    const policy = await policyOf(v1('deny contains "no" if true'))
    await policy.judge()
    expect(policy.samples).toEqual([])
  })
})
