/** What a stack is run with. All members are declared, because clients name all of them in fragments; three are ever answered. */
export const vendorTypes = /* GraphQL */ `
union StackConfigVendor =
  | StackConfigVendorAnsible
  | StackConfigVendorCloudFormation
  | StackConfigVendorKubernetes
  | StackConfigVendorOpenTofu
  | StackConfigVendorPulumi
  | StackConfigVendorTerraform
  | StackConfigVendorTerragrunt

type StackConfigVendorAnsible { playbook: String! }

type StackConfigVendorCloudFormation {
  entryTemplateFile: String!
  region: String!
  stackName: String!
  templateBucket: String!
}

type StackConfigVendorKubernetes {
  namespace: String!
  kubectlVersion: String
  kubernetesWorkflowTool: KubernetesWorkflowTool
}

type StackConfigVendorOpenTofu {
  version: String
  workspace: String
  workflowTool: OpenTofuWorkflowTool
  concise: Boolean!
  useSmartSanitization: Boolean!
  externalStateAccessEnabled: Boolean!
}

type StackConfigVendorPulumi { loginURL: String! stackName: String! }

"Also for a stack of any commands (custom), with the workflow tool CUSTOM."
type StackConfigVendorTerraform {
  version: String
  workspace: String
  workflowTool: TerraformWorkflowTool
  useSmartSanitization: Boolean!
  externalStateAccessEnabled: Boolean!
}

type StackConfigVendorTerragrunt {
  terraformVersion: String
  terragruntVersion: String
  tool: TerragruntTool!
  useRunAll: Boolean!
  useSmartSanitization: Boolean!
  useStateManagement: Boolean!
  prefixResourceNamesWithModuleName: Boolean!
  skipReplanWhenRunAll: Boolean!
  skipReplan: Boolean!
}

enum TerraformWorkflowTool { TERRAFORM_FOSS OPEN_TOFU CUSTOM }
enum OpenTofuWorkflowTool { OPENTOFU CUSTOM }
enum KubernetesWorkflowTool { KUBERNETES CUSTOM }
enum TerragruntTool { OPEN_TOFU TERRAFORM_FOSS MANUALLY_PROVISIONED }
`
