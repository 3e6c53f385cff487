import type { Command } from 'commander'
import { addCommand } from './command.ts'
import { CommandFailure, exitCodes } from './failure.ts'
import type { Io } from './io.ts'
import { findRun } from './runs.ts'
import { show, type Session } from './session.ts'
import type { Output, PlanInput, RunChangeRow } from './shapes.ts'
import { table } from './table.ts'
import { ago } from './time.ts'

/** `run changes|inputs`: what a run's plan does, and what its hooks left for plan policies. */
export function addRunResultCommands(run: Command, io: Io): void {
  addCommand(run, io, {
    usage: 'changes <run>',
    summary: "what a run's plan does to resources, one by one",
    examples: ['run changes 01JVW4C7R4Q8W2F1Z7E6T5Y3MB'],
    run: async (session, { args: [id] }) => {
      const rows = await readChanges(session, id)
      if (rows.length === 0) io.err('The plan changes no resource, or there is no plan.\n')
      await show(session, rows, () => (rows.length === 0 ? '' : changeTable(rows)))
    },
  })
  addCommand(run, io, {
    usage: 'inputs <run> [key]',
    summary: 'what hooks left for plan policies in <key>.custom.spacelift.json',
    about: 'With KEY, the content of that one as it is.',
    examples: ['run inputs 01JVW4C7R4Q8W2F1Z7E6T5Y3MB infracost | jq .totalMonthlyCost'],
    run: async (session, { args: [id, key] }) => {
      const inputs = await readInputs(session, id)
      if (key !== undefined) return session.io.out(`${inputNamed(inputs, key).content.trimEnd()}\n`)
      if (inputs.length === 0) io.err('The run left none.\n')
      const rows = inputs.map(({ key: name, content }) => [name, String(content.length)])
      await show(session, inputs, () => (rows.length === 0 ? '' : table(['KEY', 'BYTES'], rows)))
    },
  })
}

/** `stack outputs`. */
export function addOutputsCommand(stack: Command, io: Io): void {
  addCommand<{ sensitive?: boolean }>(stack, io, {
    usage: 'outputs <stack> [name]',
    summary: 'what a stack gives to others, after its last run',
    about: 'With NAME, the value of that one as it is: a text without quotes, everything else as JSON.',
    options: [['--sensitive', 'with the values of sensitive outputs, where worker and stack let them be kept']],
    examples: ['stack outputs network', 'stack outputs network vpc_id', 'stack outputs network --sensitive --json'],
    run: async (session, { args: [id, name], options }) => {
      const outputs = await readOutputs(session, id, options.sensitive ?? false)
      if (name !== undefined) return session.io.out(`${valueNamed(outputs, name)}\n`)
      if (outputs.length === 0) io.err('No outputs are kept for this stack.\n')
      await show(session, outputs, () => (outputs.length === 0 ? '' : outputTable(io, outputs)))
    },
  })
}

async function readChanges(session: Session, id: string | undefined): Promise<readonly RunChangeRow[]> {
  interface Answer {
    readonly address: string
    readonly previousAddress: string | null
    readonly resourceType: string
    readonly metadata: { readonly type: string }
  }
  const run = await findRun(session, id)
  const { stack } = await session.api.ask<{
    stack: { run: { changesV3: readonly { resources: readonly Answer[] }[] } }
  }>(
    `query($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) {
      changesV3(input: {}) { resources { address previousAddress resourceType metadata { type } } } } } }`,
    { stack: run.stack, run: run.id },
  )
  return stack.run.changesV3
    .flatMap(({ resources }) => resources)
    .map(({ address, previousAddress, resourceType, metadata }) => {
      return { action: metadata.type, address, previousAddress, type: resourceType }
    })
}

function changeTable(rows: readonly RunChangeRow[]): string {
  return table(
    ['ACTION', 'RESOURCE', 'BEFORE'],
    rows.map(({ action, address, previousAddress }) => [action, address, previousAddress ?? '']),
  )
}

async function readInputs(session: Session, id: string | undefined): Promise<readonly PlanInput[]> {
  const run = await findRun(session, id)
  const { stack } = await session.api.ask<{ stack: { run: { planInputs: readonly PlanInput[] } } }>(
    'query($stack: ID!, $run: ID!) { stack(id: $stack) { run(id: $run) { planInputs { key content } } } }',
    { stack: run.stack, run: run.id },
  )
  return stack.run.planInputs
}

function inputNamed(inputs: readonly PlanInput[], key: string): PlanInput {
  const found = inputs.find((input) => input.key === key)
  if (found) return found
  throw new CommandFailure(exitCodes.notFound, `The run left nothing for plan policies under ${key}.`)
}

async function readOutputs(session: Session, id: string | undefined, sensitive: boolean): Promise<readonly Output[]> {
  const field = sensitive ? 'revealedOutputs' : 'outputs'
  const { stack } = await session.api.ask<{ stack: { outputs: readonly Output[] } | null }>(
    `query($id: ID!) { stack(id: $id) { outputs: ${field} { id sensitive value run updatedAt } } }`,
    { id },
  )
  if (!stack) throw new CommandFailure(exitCodes.notFound, `There is no stack ${id}.`)
  return stack.outputs
}

function valueNamed(outputs: readonly Output[], name: string): string {
  const found = outputs.find(({ id }) => id === name)
  if (!found) throw new CommandFailure(exitCodes.notFound, `The stack has no output ${name}.`)
  if (found.value !== null) return found.value
  throw new CommandFailure(exitCodes.notFound, `The value of ${name} ${whyNot(found)}.`)
}

function whyNot({ sensitive }: Output): string {
  return sensitive ? 'is sensitive: --sensitive asks for it, if it was kept' : 'was too long to be kept'
}

function outputTable(io: Io, outputs: readonly Output[]): string {
  const now = io.clock.now()
  const rows = outputs.map((output) => [
    output.id,
    output.value ?? (output.sensitive ? '(sensitive)' : '(too long)'),
    ago(output.updatedAt, now),
  ])
  return table(['OUTPUT', 'VALUE', 'SINCE'], rows)
}
