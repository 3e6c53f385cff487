import fc from 'fast-check'
import { expect, it } from 'vitest'
import { stackIdPattern } from '../../../protocol/ids.ts'
import { Refusal } from '../../../mothership/src/base/errors.ts'
import { inlineFiles } from '../../../mothership/src/stacks/inline-files.ts'
import { readDefinition } from '../../../mothership/src/stacks/read-definition.ts'
import { slugOf } from '../../../mothership/src/stacks/slug.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

function problemsOf(yaml: string): string {
  try {
    readDefinition(yaml)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'bad-request') return error.message
    throw error
  }
  return 'taken'
}

it('fills in every default', () => {
  expect(readDefinition('name: Network')).toEqual({
    id: 'network',
    name: 'Network',
    description: null,
    labels: [],
    pool: null,
    tool: { name: 'opentofu', version: null },
    image: null,
    projectRoot: '',
    source: { kind: 'directory', directory: '.' },
    environment: [],
    files: [],
    hooks: {},
    autodeploy: false,
    sensitiveOutputs: true,
    maskWellKnown: false,
    state: 'unless-configured',
    space: 'root',
    repository: null,
    branch: null,
    oidcAudience: null,
  })
})

const whole = `
name: Größe & Länge 日本
description: "what: it does"
labels: [team:net, "1", team:net]
pool: the pool
tool: {name: terraform, version: 1.10}
image: registry.example:5000/a/b:1.2@sha256:abc
project_root: ./a b/c/
source: {git: {url: git@example.com:me/it.git, ref: release/1.10, commit: ${'a'.repeat(40)}}}
environment:
  - {name: VERSION, value: 1.10}
  - {name: ro_WHO, value: planner}
  - {name: wo_WHO, value: applier, secret: true}
  - {name: TOKEN, secret: s3cret}
files:
  - {path: a/./b c.txt, content: "ü\\n"}
  - {path: bin, base64: AAEC/w==, secret: true}
hooks:
  before_init: echo one
  after_run: ["echo two", "true"]
autodeploy: true
sensitive_output_upload: false
well_known_secret_masking: true
state: {managed: true}
`

it('reads a whole definition', () => {
  expect(readDefinition(whole)).toMatchObject({
    id: 'gro-e-lange',
    name: 'Größe & Länge 日本',
    labels: ['team:net', '1'],
    tool: { name: 'terraform', version: '1.10' },
    projectRoot: 'a b/c',
    source: { kind: 'git', url: 'git@example.com:me/it.git', ref: 'release/1.10', commit: 'a'.repeat(40) },
    environment: [
      { name: 'VERSION', value: '1.10', secret: false, access: 'both' },
      { name: 'WHO', value: 'planner', secret: false, access: 'read' },
      { name: 'WHO', value: 'applier', secret: true, access: 'write' },
      { name: 'TOKEN', value: 's3cret', secret: true, access: 'both' },
    ],
    files: [
      { path: 'a/b c.txt', content: base64('ü\n'), secret: false },
      { path: 'bin', content: 'AAEC/w==', secret: true },
    ],
    hooks: { beforeInit: ['echo one'], afterRun: ['echo two', 'true'] },
    autodeploy: true,
    sensitiveOutputs: false,
    maskWellKnown: true,
    state: 'managed',
  })
})

it('refuses secrets that no log could be masked for, and quotes none', () => {
  const yaml =
    'name: x\nenvironment: {A: {secret: "x\u0007z"}, B: {value: "  abc ", secret: true}, C: {secret: "abcd"}, D: "ab"}\nfiles: [{path: f, content: "ab", secret: true}]'
  const why = 'a secret needs at least 4 bytes: so short a text is part of too many words to be masked in logs'
  expect(() => readDefinition(yaml)).toThrow(`stack: environment.A: ${why}; environment.B: ${why}; files[0]: ${why}`)
})

it('takes the environment as a map, and values as they were written', () => {
  const { environment } = readDefinition(`
name: x
environment: {A: 1.10, B: True, C: 0x10, D: "", E: , F: {secret: hidden}, ro_G: {value: 0007, secret: true}, H: !!int 5}
`)
  const written = environment.map(
    ({ name, value, secret, access }) => `${name}=${value} ${secret ? 'secret' : ''} ${access}`,
  )
  expect(written).toEqual([
    'A=1.10  both',
    'B=True  both',
    'C=0x10  both',
    'D=  both',
    'E=  both',
    'F=hidden secret both',
    'G=0007 secret read',
    'H=5  both',
  ])
})

it('takes the short forms', () => {
  expect(readDefinition('{name: x, tool: custom, source: none, state: {managed: false}}')).toMatchObject({
    tool: { name: 'custom', version: null },
    source: { kind: 'none' },
    state: 'elsewhere',
  })
  expect(readDefinition('{name: x, source: {git: "https://u:p@example.com/r"}}').source).toMatchObject({
    ref: null,
    commit: null,
  })
  expect(readDefinition('{name: x, source: {directory: ../it}}').source).toEqual({
    kind: 'directory',
    directory: '../it',
  })
})

it('reports every problem at once, and the key that was meant', () => {
  const problems = problemsOf(`
nmae: x
tool: {name: terrafrom, verison: 1}
autodeploy: "yes"
environment:
  - {name: 1A, value: x}
  - {value: x}
  - {name: OK}
hooks: {before_aply: x}
project_root: ../up
source: {git: {url: "ext::sh -c id", ref: --upload-pack=x}}
files: [{path: /etc/passwd, content: x}, {path: a}, {path: b, from: b.txt}]
`)
  for (const part of [
    'nmae: unknown key, did you mean name?',
    'name: is missing',
    'tool.verison: unknown key, did you mean version?',
    'tool.name: expected one of opentofu, terraform, ansible, custom, got "terrafrom", did you mean terraform?',
    'autodeploy: expected true or false, got a text',
    'environment[0]: expected a name of letters',
    'environment[1].name: is missing',
    'environment[2].value: is missing',
    'hooks.before_aply: unknown key, did you mean before_apply?',
    'project_root: expected a path below the source',
    'source.git.url: expected https://',
    'source.git.ref: expected the name of a branch',
    'files[0].path: expected a path below the workspace',
    'files[1]: expected one of content, base64 and from, got none',
    'files[2].from: the file was not sent along',
  ]) {
    expect(problems).toContain(part)
  }
})

it('never repeats a value that may be secret', () => {
  const secret = 'hunter2'
  for (const yaml of [
    `{name: x, environment: [{name: A, value: [${secret}], secret: true}]}`,
    `{name: x, environment: {A: {secret: [${secret}]}, "1": ${secret}}}`,
    `{name: x, files: [{path: a, base64: "${secret}!"}]}`,
    `{name: x, source: {git: "ftp://user:${secret}@example.com/x"}}`,
    `name: x\nenvironment:\n\tA: ${secret}\n`,
    `name: x\nenvironment: {A: "${secret}`,
    `name: x\nenvironment: &a ${secret}\nfiles: *b`,
    `name: x\nname: ${secret}`,
  ]) {
    const problems = problemsOf(yaml)
    expect(problems, yaml).not.toBe('taken')
    expect(problems, yaml).not.toContain(secret)
  }
})

it('refuses a variable that is given twice, but not one for planning and one for applying', () => {
  expect(problemsOf('{name: x, environment: [{name: A, value: 1}, {name: ro_A, value: 2}]}')).toContain(
    'environment.A: is given twice',
  )
  expect(problemsOf('{name: x, environment: [{name: wo_A, value: 1}, {name: wo_A, value: 2}]}')).toContain(
    'is given twice',
  )
  expect(problemsOf('{name: x, environment: [{name: wo_A, value: 1}, {name: ro_A, value: 2}]}')).toBe('taken')
})

it("refuses what would take the machine's memory or stack", () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 9; level += 1) {
    const [above, name] = [String.fromCodePoint(96 + level), String.fromCodePoint(97 + level)]
    bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${above}`).join(', ')}]`)
  }
  for (const yaml of [
    bomb.join('\n'),
    'name: &x [*x]',
    '['.repeat(20_000),
    `${'- '.repeat(5000)}x`,
    `name: ${'{a: '.repeat(200)}${'}'.repeat(200)}`,
  ]) {
    expect(problemsOf(yaml), yaml.slice(0, 30)).not.toBe('taken')
  }
})

const keys =
  'name id labels tool source git url environment value secret files path content hooks state __proto__'.split(' ')
const tree = fc.letrec((tie) => ({
  scalar: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  value: fc.oneof({ maxDepth: 4 }, tie('scalar'), fc.array(tie('value'), { maxLength: 4 }), tie('map')),
  map: fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 6 }),
}))
const tokens = ['name: x', '- ', '? ', ': ', '&a ', '*a', '!!x ', '\n', ' ', '{', '}', '[', '"', '|', '---\n', '%']

it('never breaks, whatever it is given', () => {
  const isAnswered = (yaml: string) => typeof problemsOf(yaml) === 'string'
  fc.assert(fc.property(tree.map, (map) => isAnswered(JSON.stringify(map))))
  fc.assert(fc.property(fc.string({ unit: 'binary' }), isAnswered))
  fc.assert(fc.property(fc.array(fc.constantFrom(...tokens)), (parts) => isAnswered(parts.join(''))))
})

it('makes an id of every name', () => {
  const pattern = new RegExp(stackIdPattern)
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (name) => pattern.test(slugOf(name))))
  expect(slugOf('日本語')).not.toBe(slugOf('中文'))
  expect(slugOf(`${'a'.repeat(62)} b`)).toHaveLength(62)
})

it('puts the content of named files in their place and leaves the rest as it was', async () => {
  const yaml =
    '# mine\nname: x\nfiles:\n  - path: a # here\n    from: ./b.bin\n    secret: true\n  - {path: c, content: d}\n'
  const inlined = await inlineFiles(yaml, (path) => Promise.resolve(Buffer.from([0, 255, path.length])))
  expect(inlined).toContain('# mine')
  expect(readDefinition(inlined).files).toEqual([
    { path: 'a', content: 'AP8H', secret: true },
    { path: 'c', content: base64('d'), secret: false },
  ])
  for (const broken of ['', '[', 'files: 1', 'files: [1, {from: 2}]']) {
    expect(typeof (await inlineFiles(broken, () => Promise.reject(new Error('not read'))))).toBe('string')
  }
  await expect(inlineFiles(yaml, () => Promise.reject(new Error('no such file')))).rejects.toThrow('no such file')
})

it('says what a stack belongs to', () => {
  const yaml =
    'name: n\nspace: platform\nrepository: acme/network\nbranch: release/1.x\noidc: {audience: sts.amazonaws.com}'
  expect(readDefinition(yaml)).toMatchObject({
    space: 'platform',
    repository: 'acme/network',
    branch: 'release/1.x',
    oidcAudience: 'sts.amazonaws.com',
  })
})

it.each([
  ['space: a b', 'space: expected letters, digits, _, - and .'],
  ['repository: network', 'repository: expected an owner and a name, such as acme/network'],
  ['branch: -x', 'branch: expected the name of a branch'],
  ['oidc: {audience: a b}', 'oidc.audience: expected a name or an address without white space'],
  ['oidc: {audiense: a}', 'oidc.audiense: unknown key, did you mean audience?'],
  ['oidc: sts', 'oidc: expected keys and values, got a text'],
])('refuses %s', (line, problem) => {
  expect(() => readDefinition(`name: n\n${line}`)).toThrow(`stack: ${problem}`)
})
