import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { answerOf, question, type Answer } from './answer.ts'
import { runCommand, type CommandResult } from './command.ts'
import { fileNames, type CompiledPolicy } from './compiled.ts'
import { complaintsOf, described } from './complaint.ts'
import { parsed } from './json.ts'
import { noAnswer } from './no-answer.ts'
import { dialect, type Opa } from './opa.ts'
import { execData } from './prelude.ts'
import type { Scratch } from './scratch.ts'

/** What a policy is evaluated with. */
export interface Evaluating {
  readonly opa: Opa
  readonly scratch: Scratch
  /** Environment of what `exec` runs. */
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** An answer, and what the policy printed on the way to it. */
export interface Evaluated extends Answer {
  readonly printed: readonly string[]
}

/** Commands that one evaluation may run. */
const maxCommands = 16
const maxPrinted = 100

/**
 * Evaluates a policy once. A policy that calls `exec` is evaluated again after each command, because Rego cannot wait for
 * one: the first command that it asks for and does not know yet is run, and no other, for what is asked for behind it may
 * hang on its result. Rejects with POLICY_FAILED if there is no answer, and with the signal's reason.
 */
export function evaluate(policy: CompiledPolicy, input: string, evaluating: Evaluating): Promise<Evaluated> {
  return evaluating.scratch.with(policy.files, async (cwd) => {
    const results = new Map<string, CommandResult>()
    // Nobody can know it who only writes what the policy prints.
    const mark = randomBytes(16).toString('hex')
    for (;;) {
      await writeFile(join(cwd, fileNames.exec), execData(mark, results))
      const { answer, printed } = await once(policy, { cwd, input }, evaluating)
      const wanted = printed.find((line) => line.startsWith(`${mark} `))?.slice(mark.length + 1)
      if (wanted === undefined) return { ...answer, printed: printed.slice(0, maxPrinted) }
      if (results.size >= maxCommands) throw noAnswer(`it called exec() more than ${maxCommands} times`)
      const key = Buffer.from(wanted, 'base64').toString()
      results.set(key, await runCommand({ ...evaluating, command: parsed(key), cwd }))
    }
  })
}

async function once(
  policy: CompiledPolicy,
  { cwd, input }: { readonly cwd: string; readonly input: string },
  { opa, signal }: Evaluating,
): Promise<{ readonly answer: Answer; readonly printed: readonly string[] }> {
  const { policy: file, prelude, capabilities, exec } = fileNames
  const data = [file, prelude, exec].flatMap((name) => ['--data', name])
  const how = ['--format', 'json', '--stdin-input', '--show-builtin-errors', '--capabilities', capabilities]
  const end = await opa.run(['eval', ...how, ...dialect(policy.language), ...data, question], { cwd, input, signal })
  if (end.code !== 0)
    throw noAnswer(
      complaintsOf(end)
        .map((one) => described(one, policy.path))
        .join('; '),
    )
  const answer = answerOf(end.stdout, policy.path)
  if (!answer) throw noAnswer('opa gave no answer that makes sense')
  return { answer, printed: end.stderr.split('\n').filter(Boolean) }
}
