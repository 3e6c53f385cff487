import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addCommands } from '../../../mothership/src/cli/program.ts'
import { Stage } from './world.ts'

/** Every command that does something, as its words. */
function leaves(command: Command, words: readonly string[] = []): string[][] {
  if (command.commands.length === 0) return [[...words]]
  return command.commands.flatMap((below) => leaves(below, [...words, below.name()]))
}

async function allLeaves(): Promise<string[][]> {
  await using stage = await Stage.start()
  const program = new Command()
  addCommands(program, stage as never)
  return leaves(program)
}

describe('the command line', () => {
  it('has every command of the operator', async () => {
    expect((await allLeaves()).map((words) => words.join(' ')).sort()).toEqual([
      'pool create',
      'pool cycle',
      'pool delete',
      'pool list',
      'pool reset',
      'pool show',
      'pool update',
      'run cancel',
      'run changes',
      'run confirm',
      'run discard',
      'run inputs',
      'run kill',
      'run list',
      'run logs',
      'run retry',
      'run show',
      'run stop',
      'run trigger',
      'stack apply',
      'stack delete',
      'stack list',
      'stack outputs',
      'stack show',
      'stack state list',
      'stack state pull',
      'stack state push',
      'stack state rollback',
      'stack state unlock',
      'task',
      'worker drain',
      'worker list',
      'worker undrain',
    ])
  })

  it('has --json, --profile and an example in the help of each', async () => {
    await using stage = await Stage.start()
    for (const words of await allLeaves()) {
      const { code, out } = await stage.run([...words, '--help'])
      expect(code).toBe(0)
      expect(out).toContain('--json')
      expect(out).toContain('--profile <file>')
      expect(out).toMatch(new RegExp(`Examples:\\n.*${words.join(' ')}`))
    }
  })

  it('says how to begin, and every exit code, in its own help', async () => {
    await using stage = await Stage.start()
    const { code, out } = await stage.run(['--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/Getting started:/)
    expect(out).toMatch(/Exit codes: 0 done; 1 failed/)
    expect(out.split('\n').filter((line) => line.length > 130)).toEqual([])
  })

  it.each([
    [['pool', 'create']],
    [['pool', 'create', 'a', 'b']],
    [['pool', 'lsit']],
    [['nonsense']],
    [['run', 'list', '--colour']],
    [['task', 'network']],
  ])('ends with 2 for %j, and says what is wrong on standard error', async (words) => {
    await using stage = await Stage.start()
    const { code, out, err } = await stage.run(words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^error: /)
  })
})
