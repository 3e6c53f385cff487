import { hashicorpKey } from './hashicorp-key.ts'
import { hclTool, isEditorsCopy } from './hcl-tool.ts'
import type { Release } from './release.ts'

/** Terraform (https://developer.hashicorp.com/terraform). */
export const terraform = hclTool({
  name: 'terraform',
  binary: 'terraform',
  configurationFiles: (names) => names.filter((name) => /\.tf(\.json)?$/.test(name) && !isEditorsCopy(name)),
})

/** https://releases.hashicorp.com/terraform */
export const terraformRelease: Release = {
  archive: (version, { os, architecture }) => `terraform_${version}_${os}_${architecture}.zip`,
  sums: (version) => `terraform_${version}_SHA256SUMS`,
  signature: (version) => `terraform_${version}_SHA256SUMS.sig`,
  key: hashicorpKey,
  index: { address: 'https://releases.hashicorp.com/terraform', name: 'index.json' },
  mirrorIndex: 'terraform_index.json',
  address: (version) => `https://releases.hashicorp.com/terraform/${version}`,
}
