import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { warningsOf } from '../../../launcher/src/policy/warnings.ts'
import { policyOf } from './policy-world.ts'

/*
 * Policies as people write them, on the real opa.
 */
const v1 = (...rules: string[]) => ['package spacelift', ...rules].join('\n\n')

describe('the dialects', () => {
  it('denies by a rule of Rego v0', async () => {
    const policy = await policyOf('package spacelift\n\ndeny["you shall not pass"] { true }')
    expect(policy.compiled.language).toBe('v0')
    expect(await policy.judge()).toEqual(['you shall not pass'])
  })

  it('allows by a rule of Rego v0 that does not hold', async () => {
    const policy = await policyOf('package spacelift\n\ndeny["you shall not pass"] {\n  false\n}')
    expect(await policy.judge()).toEqual([])
  })

  it('denies by a rule of Rego v1', async () => {
    const policy = await policyOf(v1('deny contains "you shall not pass" if true'))
    expect(policy.compiled.language).toBe('v1')
    expect(await policy.judge()).toEqual(['you shall not pass'])
  })

  it('reads v0 that imports the future, and v1 that imports itself', async () => {
    const future = await policyOf(
      v1('import future.keywords', 'deny contains "no" if { 1 in [1] }', 'allowed { true }'),
    )
    expect([future.compiled.language, await future.judge()]).toEqual(['v0', ['no']])
    const itself = await policyOf(v1('import rego.v1', 'deny contains "no" if 1 in [1]'))
    expect([itself.compiled.language, await itself.judge()]).toEqual(['v1', ['no']])
  })

  it('reads re_match in v1, where opa has it no more, as published policies use it', async () => {
    const rule = 'deny contains "bad branch" if not re_match(`^(fix|feature)/.*`, input.commit.branch)'
    const policy = await policyOf(v1(rule))
    const commit = { hash: '', message: '', author: '' }
    expect(await policy.judge({ commit: { ...commit, branch: 'feature/x' } })).toEqual([])
    expect(await policy.judge({ commit: { ...commit, branch: 'main' } })).toEqual(['bad branch'])
  })
})

const secret = 'a secret of the tests'
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (payload: object, key = secret) => {
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}`
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

/** As the reference implementation of signed runs has it. */
const signed = `package spacelift

deny["Invalid token"] {
  [valid, _, _] := io.jwt.decode_verify(input.run.user_provided_metadata[0], {"secret": "${secret}"})
  not valid
}

deny["Stack mismatch"] {
  [_, payload, _] := io.jwt.decode(input.run.user_provided_metadata[0])
  payload.spacelift_stack != input.static_run_environment.stack_slug
}

deny["Commit mismatch"] {
  [_, payload, _] := io.jwt.decode(input.run.user_provided_metadata[0])
  payload.sub != input.run.commit.hash
}

sample { true }
`

describe('signed runs', () => {
  const commit = { hash: 'c'.repeat(40), message: '', author: '', branch: '' }
  const payload = { spacelift_stack: 'a-stack', sub: commit.hash }

  it('start with a token that is right, and with no other', async () => {
    const policy = await policyOf(signed)
    expect(await policy.judge({ commit, metadata: [token(payload)] })).toEqual([])
    expect(await policy.judge({ commit, metadata: [token(payload, 'another')] })).toEqual(['Invalid token'])
    const other = { spacelift_stack: 'b', sub: 'd' }
    expect(await policy.judge({ commit, metadata: [token(other)] })).toEqual(['Commit mismatch', 'Stack mismatch'])
  })

  it('are denied with what is no token, unless failing calls are ignored as in Rego', async () => {
    const strict = await policyOf(signed)
    await expect(strict.judge({ commit, metadata: ['rubbish'] })).rejects.toMatchObject({
      code: 'POLICY_FAILED',
      message: expect.stringMatching(/policy\.rego:4:\d+: eval_builtin_error: io\.jwt\.decode_verify: /) as string,
    })
    const asRego = await policyOf(signed, { onFailedCall: 'ignore' })
    expect(await asRego.judge({ commit, metadata: ['rubbish'] })).toEqual([])
  })
})

describe('runner image and hooks', () => {
  it('are in the runtime configuration', async () => {
    const policy = await policyOf(
      v1(
        'deny contains sprintf("unexpected runner image (%s)", [image]) if {\n image := input.run.runtime_config.runner_image\n image != "spacelift/runner:latest"\n}',
        'deny contains sprintf("don\'t use Terraform please (%s)", [command]) if {\n some command in runtime_config.before_init\n contains(command, "terraform")\n}',
      ),
    )
    expect(await policy.judge({}, 'spacelift/runner:latest')).toEqual([])
    const hooks = { beforeInit: ['true', 'terraform destroy -auto-approve'] }
    expect(await policy.judge({ hooks }, 'evil:1')).toEqual([
      "don't use Terraform please (terraform destroy -auto-approve)",
      'unexpected runner image (evil:1)',
    ])
  })
})

describe('the functions of Rego', () => {
  it('are there: regex, glob, sprintf, net.cidr_contains, time, semver, unicode', async () => {
    const policy = await policyOf(
      v1(
        'deny contains "regex" if regex.match(`^a-.+$`, input.static_run_environment.stack_slug)',
        'deny contains "glob" if glob.match("a*", [], input.static_run_environment.stack_slug)',
        'deny contains sprintf("%s %d %v", ["sprintf", 1, {"a": [true]}]) if true',
        'deny contains "cidr" if net.cidr_contains("10.0.0.0/8", "10.1.2.3")',
        'deny contains "time" if time.now_ns() - input.request.timestamp_ns < 60000000000',
        'deny contains "semver" if semver.compare("1.2.3", "1.10.0") < 0',
        'deny contains input.stack.name if upper(input.stack.name) == "ÄÖ 東京 🚀"',
      ),
    )
    const stack = { id: 'a-stack', name: 'äö 東京 🚀', labels: [], space: 'root' }
    expect([...(await policy.judge({ stack }))].sort()).toEqual(
      ['cidr', 'glob', 'regex', 'semver', 'sprintf 1 {"a": [true]}', 'time', 'äö 東京 🚀'].sort(),
    )
  })

  it('sanitized() is the last eight bytes of the SHA-256', async () => {
    const policy = await policyOf(v1('deny contains sanitized("abc") if true'))
    expect(await policy.judge()).toEqual(['b410ff61f20015ad'])
  })

  it('aliases are there for who needs them, and out of the way of who has names of his own', async () => {
    const aliases = await policyOf(v1('deny contains stack.name if { run.type == "TASK"; commit.branch == "" }'))
    expect(await aliases.judge()).toEqual(['a stack'])
    const own = await policyOf(
      'package spacelift\n\ndeny[msg] { run = input.static_run_environment; msg := run.run_type }',
    )
    expect(await own.judge()).toEqual(['TASK'])
    const named = await policyOf(v1('run := "mine"', 'deny contains run if sanitized("x") != ""'))
    expect(await named.judge()).toEqual(['mine'])
  })
})

describe('warnings', () => {
  const warned = async (text: string, settings = {}) =>
    await warningsOf(await policyOf(text, settings), new AbortController().signal)

  it('tell of a policy that allows a run without metadata, though it reads metadata', async () => {
    expect(await warned(signed)).toEqual([expect.stringContaining('allows a run that has none')])
    expect(await warned(v1('deny contains "x" if input.run.user_provided_metadata[0] == "y"'))).toHaveLength(1)
  })

  it('tell nothing of one that denies it', async () => {
    expect(await warned(`${signed}\ndeny["unsigned"] { count(input.run.user_provided_metadata) == 0 }\n`)).toEqual([])
    expect(await warned(v1('deny contains "x" if not input.run.user_provided_metadata[0] == "y"'))).toEqual([])
  })

  it('tell of a policy that denies nothing', async () => {
    expect(await warned('package spacelift\n\nsample { true }')).toEqual([expect.stringContaining('has no rule deny')])
  })

  it('do not run the programs of a policy', async () => {
    const text = v1('deny contains "x" if exec(["kill", input.run.user_provided_metadata[0]]).status == 0')
    expect(await warned(text, { exec: true })).toEqual([])
  })
})

describe('a policy that cannot be used', () => {
  const refused = (text: string, message: RegExp, settings = {}) =>
    expect(policyOf(text, settings)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringMatching(message) as string,
    })

  it('is refused with the place of its syntax error', () =>
    refused(v1('deny contains "x" if {\n foo bar\n}'), /policy\.rego:4:6: rego_parse_error: /))

  it('is refused with what is wrong in the dialect that it is written in', () =>
    refused(
      'package spacelift\n\ndeny[msg] { msg := nobody }',
      /^[^]*as Rego v0:\n {2}\S+:3:13: rego_unsafe_var_error: var nobody is unsafe$/,
    ))

  it('is refused for reaching out', () =>
    refused(
      v1('deny contains "x" if http.send({"method": "get", "url": "http://a"}).status_code == 200'),
      /undefined function http\.send\n.*SPACELIFT_LAUNCHER_POLICY_HTTP/,
    ))

  it.each([
    'opa.runtime().env',
    'rego.parse_module("a", "package a")',
    'net.lookup_ip_addr("localhost")',
    'trace("x")',
  ])('is refused for %s', (call) => refused(v1(`deny contains "x" if ${call}`), /undefined function/))

  it('is refused for another package', () =>
    refused('package other\n\ndeny contains "x" if true', /expected package spacelift, got package other/))

  it.each(['deny["m"] if true', 'deny if true', 'default deny := false', 'deny := {"a": true} if true'])(
    'is refused for a deny that is no set: %s',
    (rule) => refused(v1(rule), /deny has to be a set of messages/),
  )

  it('is refused for running programs, which is off', () =>
    refused(v1('deny contains "x" if exec(["true"]).status == 0'), /calls exec\(\).*SPACELIFT_LAUNCHER_POLICY_EXEC/))

  it('is refused if it is empty, binary, or not there', async () => {
    await refused('', /rego_parse_error/)
    await refused('\0\x01\uFFFD', /rego_parse_error/)
    await refused(v1('deny contains "x" if true'), /\/nowhere\.rego cannot be read \(ENOENT\)/, {
      path: '/nowhere.rego',
    })
  })

  it('is refused without an opa that can read it', async () => {
    await refused(v1('deny contains "x" if true'), /SPACELIFT_LAUNCHER_OPA: \/nowhere\/opa is not an executable file/, {
      opa: '/nowhere/opa',
    })
    await refused(v1('deny contains "x" if true'), /expected opa 1\.0 or later/, { opa: '/bin/echo' })
  })
})
