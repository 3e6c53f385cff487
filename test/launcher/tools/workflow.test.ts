import { describe, expect, it } from 'vitest'
import { LauncherError } from '../../../launcher/src/base/errors.ts'
import { custom } from '../../../launcher/src/tools/custom.ts'

async function refusal(workflow: string | null): Promise<string> {
  try {
    await custom.commands(workflow)
  } catch (error) {
    if (error instanceof LauncherError && error.code === 'WORKFLOW_INVALID') return error.message
    throw error
  }
  return 'accepted'
}

describe('the commands of a workflow', () => {
  it('are what the file says, for each phase', async () => {
    const workflow = `
init: ./prepare
plan: ./plan --out "{{ .PlanFileName }}" {{.PlanFileName}}
apply: |
  echo applying
  ./apply {{ .PlanFileName }}
destroy: ./destroy
showPlan: ./show {{ .PlanFileName }}
getOutputs: ./outputs
`
    expect(await custom.commands(workflow)).toEqual({
      INITIALIZING: './prepare',
      PLANNING: './plan --out "spacelift.plan" spacelift.plan',
      APPLYING: 'echo applying\n./apply spacelift.plan',
      DESTROYING: './destroy',
      changesExitCode: null,
      showPlan: './show spacelift.plan',
      outputs: './outputs',
    })
  })

  it('do nothing for a phase that is missing', async () => {
    expect(await custom.commands('plan: ./plan\ninit:')).toMatchObject({
      INITIALIZING: ':',
      PLANNING: './plan',
      APPLYING: ':',
      DESTROYING: ':',
    })
    expect(await custom.commands('')).toMatchObject({ PLANNING: ':' })
  })

  it('may say by which exit code a plan has changes', async () => {
    expect(await custom.commands('plan: ./plan\nplanChangesExitCode: 2')).toMatchObject({ changesExitCode: 2 })
    for (const value of ['0', '256', '-1', '1.5', '"2"', 'yes']) {
      expect(await refusal(`planChangesExitCode: ${value}`)).toContain(
        'planChangesExitCode: expected a whole number from 1 to 255',
      )
    }
  })

  it('may have the other keys that such files have', async () => {
    expect(
      await refusal('showPlan: x {{ .PlanFileName }}\nworkspaceSelect: y {{ .WorkspaceName }}\ngetOutputs: z'),
    ).toBe('accepted')
  })

  it('are refused with every problem at once', async () => {
    const message = await refusal('plna: x\nlock: x\nplan: [1]\napply: ./apply {{ .Lock }} {{ if not .Refresh }}')
    expect(message).toContain('.spacelift/workflow.yml: unknown key "plna", did you mean "plan"?')
    expect(message).toContain('unknown key "lock", expected init, plan, apply, destroy')
    expect(message).toContain('plan: expected a command as text')
    expect(message).toContain('apply: {{ .Lock }} is not known here, only {{ .PlanFileName }} is')
    expect(message).toContain('apply: {{ if not .Refresh }} is not known here')
  })

  it('are refused when the file is missing, no YAML, or no map', async () => {
    expect(await refusal(null)).toContain('the source has none')
    expect(await refusal('plan: [')).toContain('.spacelift/workflow.yml: ')
    expect(await refusal('- plan')).toContain('expected keys and commands')
    expect(await refusal('just text')).toContain('expected keys and commands')
  })
})
