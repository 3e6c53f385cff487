import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ansible } from '../../../launcher/src/tools/ansible.ts'
import type { PhaseCommands, ToolWishes } from '../../../launcher/src/run/tool.ts'

/** A project, and programs of Ansible's names that print how they were called; the real ones are in the tests of the whole system. */
function project(files: readonly string[] = []) {
  const directory = mkdtempSync(join(tmpdir(), 'ansible-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const bin = join(directory, 'bin')
  mkdirSync(bin)
  for (const name of ['ansible-playbook', 'ansible-galaxy', 'ansible-config']) {
    const text = `#!/bin/sh\nprintf '%s' ${name}; for word in "$@"; do printf ' <%s>' "$word"; done; echo; exit "\${CODE:-0}"\n`
    writeFileSync(join(bin, name), text, { mode: 0o755 })
  }
  for (const file of files) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), '')
  }
  return async (phase: keyof PhaseCommands, wishes: ToolWishes = {}, env: Record<string, string> = {}) => {
    const command = String((await ansible.commands(null, wishes))[phase])
    const whole = `eval "$COMMAND"; echo "ended with $?"`
    const all = { PATH: `${bin}:/usr/bin:/bin`, COMMAND: command, ...env }
    return execFileSync('sh', ['-c', whole], {
      cwd: directory,
      env: all,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString()
  }
}

describe('Ansible', () => {
  it('plans in check mode, and counts as changed what its plugin was not told of', async () => {
    const run = project()
    const wishes = { playbook: "it's site.yml", inventory: 'a,b' }
    const said = "ansible-playbook <--check> <--diff> <-i> <a,b> <it's site.yml>\nended with 100\n"
    expect(await run('PLANNING', wishes)).toBe(said)
    expect(await run('PLANNING', {}, { CODE: '2' })).toContain('ended with 2\n')
  })

  it('applies the usual playbook with the words of its variables, split as a shell does', async () => {
    const env = {
      SPACELIFT_ANSIBLE_CLI_ARGS: `-e 'a="b c"'`,
      SPACELIFT_ANSIBLE_CLI_ARGS_apply: '--limit web',
      SPACELIFT_ANSIBLE_CLI_ARGS_plan: '--nothing',
    }
    const said = 'ansible-playbook <-e> <a="b c"> <--limit> <web> <playbook.yml>\nended with 0\n'
    expect(await project()('APPLYING', {}, env)).toBe(said)
  })

  it('installs what requirements there are, or those that a variable names', async () => {
    const run = project([
      'requirements.yml',
      'roles/requirements.yaml',
      'collections/requirements.yml',
      'own/needs.yml',
    ])
    const called = async (env = {}) => (await run('INITIALIZING', {}, env)).match(/^ansible-galaxy .*/gm)
    expect(await called()).toEqual([
      'ansible-galaxy <role> <install> <-r> <requirements.yml>',
      'ansible-galaxy <collection> <install> <-r> <requirements.yml>',
      'ansible-galaxy <collection> <install> <-r> <collections/requirements.yml>',
      'ansible-galaxy <role> <install> <-r> <roles/requirements.yaml>',
    ])
    expect(await called({ SPACELIFT_ANSIBLE_REQUIREMENTS_FILE: 'own/needs.yml' })).toEqual([
      'ansible-galaxy <role> <install> <-r> <own/needs.yml>',
      'ansible-galaxy <collection> <install> <-r> <own/needs.yml>',
    ])
    expect(await run('INITIALIZING', {}, { SPACELIFT_ANSIBLE_REQUIREMENTS_FILE: 'gone' })).toMatch(
      /names gone[\s\S]*ended with 1/,
    )
    expect(await run('INITIALIZING', {}, { CODE: '1' })).toContain('ended with 1')
  })

  it('skips what it is told to', async () => {
    const run = project()
    expect(await run('PLANNING', {}, { SPACELIFT_SKIP_PLANNING: 'true' })).toMatch(/is skipped\nended with 100\n$/)
    expect(await run('APPLYING', {}, { SPACELIFT_SKIP_APPLYING: 'true' })).toMatch(/is skipped\nended with 0\n$/)
  })

  it('says so when the image has none', async () => {
    expect(await project()('INITIALIZING', {}, { PATH: '/usr/bin:/bin' })).toMatch(
      /no ansible-playbook\nended with 1\n$/,
    )
  })

  it('takes no option for a path', async () => {
    await expect(ansible.commands(null, { playbook: '--version' })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
  })
})
