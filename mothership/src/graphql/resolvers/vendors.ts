import type { StackView } from '../services.ts'

const common = { workspace: null, useSmartSanitization: false, externalStateAccessEnabled: false }

/** What a stack is run with, as the member of the union that fits. Custom commands are, as in Spacelift, Terraform's tool CUSTOM. */
export function vendorConfig({ name, version, playbook }: StackView['tool']) {
  if (name === 'ansible') return { __typename: 'StackConfigVendorAnsible', playbook: playbook ?? 'playbook.yml' }
  if (name === 'opentofu') {
    return { __typename: 'StackConfigVendorOpenTofu', ...common, version, workflowTool: 'OPENTOFU', concise: false }
  }
  const workflowTool = name === 'terraform' ? 'TERRAFORM_FOSS' : 'CUSTOM'
  return { __typename: 'StackConfigVendorTerraform', ...common, version, workflowTool }
}
