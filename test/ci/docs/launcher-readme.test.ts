import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { launcherParts } from '../../../ci/docs/launcher-parts.ts'
import { withParts } from '../../../ci/docs/parts.ts'
import { describeOptions } from '../../../launcher/src/config/help.ts'
import { leadMs } from '../../../launcher/src/lifecycle/end-plan.ts'

/** Set on stacks, and read by the launcher. */
const ofStacks = [
  'SPACELIFT_STATE_OUTPUTS_UPLOAD_TIMEOUT',
  'SPACELIFT_ANSIBLE_REQUIREMENTS_FILE',
  'SPACELIFT_ANSIBLE_CLI_ARGS',
  'SPACELIFT_ANSIBLE_CLI_ARGS_',
  'SPACELIFT_SKIP_',
]

/** What runs find in their environment. */
const ofRuns = ['SPACELIFT_OIDC_TOKEN', 'SPACELIFT_API_TOKEN']

const readme = readFileSync(new URL('../../../launcher/README.md', import.meta.url), 'utf8')

describe('launcher/README.md', () => {
  it('is as `npm run docs` makes it', async () => expect(withParts(readme, await launcherParts())).toBe(readme))

  it('names no setting that there is not', () => {
    const known = [...ofStacks, ...ofRuns, ...describeOptions().map(({ name }) => name.replace('<key>', ''))]
    const named = [...readme.matchAll(/\b(SPACELIFT_[A-Z_]+)/g)].map(([, name = '']) => name)
    const strangers = named.filter(
      (name) => !known.some((one) => one === name || (one.endsWith('_') && name.startsWith(one))),
    )
    expect([...new Set(strangers)]).toEqual([])
  })

  it('says how long before its end a launcher interrupts a job', () => {
    const seconds = leadMs({ interruptMs: 30_000, terminateMs: 10_000, killMs: 10_000 }) / 1000
    expect(readme).toContain(`${seconds} s before the end`)
  })
})

describe('withParts', () => {
  it('replaces what is between the marks, and nothing else', () => {
    const marked = (part: string) =>
      `a\n<!-- x: made by \`npm run docs\`, do not edit -->\n\n${part}\n\n<!-- /x -->\nb\n`
    expect(withParts(marked('old'), { x: 'new' })).toBe(marked('new'))
  })

  it('says which mark is missing', () => {
    expect(() => withParts('nothing', { x: 'new' })).toThrow('expected the marks <!-- x: made by')
  })
})
