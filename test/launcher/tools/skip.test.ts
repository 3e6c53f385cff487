import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { skippable } from '../../../launcher/src/tools/skip.ts'

function run(command: string, env: Record<string, string>): string {
  return execFileSync('sh', ['-c', `${command}; echo "ended with $?"`], {
    env: { PATH: '/bin:/usr/bin', ...env },
  }).toString()
}

it('does what it is given, unless the variable of its phase is true', () => {
  const command = skippable('APPLYING', 'echo applied')
  expect(run(command, {})).toBe('applied\nended with 0\n')
  expect(run(command, { SPACELIFT_SKIP_APPLYING: 'false', SPACELIFT_SKIP_DESTROYING: 'true' })).toContain('applied')
  const skipped = 'SPACELIFT_SKIP_APPLYING is set: applying is skipped\nended with 0\n'
  expect(run(command, { SPACELIFT_SKIP_APPLYING: 'true' })).toBe(skipped)
})

it('keeps the exit code of what it does, and gives another one in its place if asked to', () => {
  const command = skippable('PLANNING', '( exit 3 )', 'exit 100')
  expect(run(command, {})).toBe('ended with 3\n')
  expect(run(command, { SPACELIFT_SKIP_PLANNING: 'true' })).toContain('ended with 100')
})
