import { describe, expect, it } from 'vitest'
import type { JobState } from '../../../protocol/job.ts'
import { toolNames } from '../../../protocol/job.ts'
import { opentofu } from '../../../launcher/src/tools/opentofu.ts'
import { terraform } from '../../../launcher/src/tools/terraform.ts'
import { tools } from '../../../launcher/src/tools/tools.ts'

const backend = 'terraform {\n  backend "s3" {}\n}'
const state: JobState = {
  address: 'https://mothership:1983/state/x',
  username: 'run',
  password: 'hunter2',
  authority: '-----BEGIN CERTIFICATE-----\n…',
  insist: false,
}

describe('tools', () => {
  it('has every tool that a stack can name, by its name', () => {
    expect([...tools().keys()].sort()).toEqual([...toolNames].sort())
    for (const [name, tool] of tools()) expect(tool.name).toBe(name)
  })

  it.each([
    [opentofu, 'tofu'],
    [terraform, 'terraform'],
  ])('plans into a file and applies exactly that', async (tool, binary) => {
    expect(await tool.commands(null)).toEqual({
      INITIALIZING: `${binary} init -input=false -no-color`,
      PLANNING: `${binary} plan -input=false -no-color -out=spacelift.plan -detailed-exitcode`,
      APPLYING: expect.stringContaining(`else ${binary} apply -input=false -no-color spacelift.plan;`) as string,
      DESTROYING: expect.stringContaining(`else ${binary} destroy -input=false -no-color -auto-approve;`) as string,
      changesExitCode: 2,
      showPlan: `${binary} show -json spacelift.plan`,
      outputs: `${binary} output -json -no-color`,
    })
  })

  it('keeps the state by an override file without a word of it, and the environment', () => {
    const settings = opentofu.state(state, null)
    expect(settings?.files).toEqual([
      { path: 'spacelift_backend_override.tf.json', text: expect.stringMatching(/^\{\s*"terraform"/) },
    ])
    expect(JSON.stringify(settings?.files)).not.toMatch(/hunter2|mothership/)
    expect(settings?.environment).toMatchObject({
      TF_HTTP_ADDRESS: state.address,
      TF_HTTP_LOCK_ADDRESS: state.address,
      TF_HTTP_UNLOCK_ADDRESS: state.address,
      TF_HTTP_PASSWORD: 'hunter2',
      TF_HTTP_CLIENT_CA_CERTIFICATE_PEM: state.authority,
    })
    expect(opentofu.state({ ...state, authority: null }, null)?.environment).not.toHaveProperty(
      'TF_HTTP_CLIENT_CA_CERTIFICATE_PEM',
    )
  })

  it('looks for a backend in the files that the tool reads, and in no others', () => {
    const one = (name: string) =>
      new Map([[name, name.endsWith('json') ? '{"terraform":{"backend":{"s3":{}}}}' : backend]])
    for (const name of ['main.tf', 'main.tf.json', 'x_override.tf']) {
      expect(opentofu.ownBackend(one(name)), name).toBe('s3')
      expect(terraform.ownBackend(one(name)), name).toBe('s3')
    }
    for (const name of ['main.tofu', 'main.tofu.json']) {
      expect(opentofu.ownBackend(one(name)), name).toBe('s3')
      expect(terraform.ownBackend(one(name)), name).toBeNull()
    }
    for (const name of ['main.txt', '.main.tf', 'main.tf~', '#main.tf#', 'tf']) {
      expect(opentofu.ownBackend(one(name)), name).toBeNull()
      expect(terraform.ownBackend(one(name)), name).toBeNull()
    }
  })

  it('passes over a .tf file for which OpenTofu has a .tofu file', () => {
    const files = new Map([
      ['main.tf', backend],
      ['main.tofu', ''],
    ])
    expect(opentofu.ownBackend(files)).toBeNull()
    expect(terraform.ownBackend(files)).toBe('s3')
  })
})
