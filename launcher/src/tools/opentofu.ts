import { hclTool, isEditorsCopy } from './hcl-tool.ts'
import { opentofuKey } from './opentofu-key.ts'
import type { Release } from './release.ts'

/** OpenTofu (https://opentofu.org). Of two files `x.tf` and `x.tofu` it reads the second only. */
export const opentofu = hclTool({
  name: 'opentofu',
  binary: 'tofu',
  configurationFiles: (names) =>
    names.filter((name) => {
      if (isEditorsCopy(name)) return false
      if (/\.tofu(\.json)?$/.test(name)) return true
      return /\.tf(\.json)?$/.test(name) && !names.includes(name.replace(/\.tf(?=(\.json)?$)/, '.tofu'))
    }),
})

/** https://github.com/opentofu/opentofu/releases */
export const opentofuRelease: Release = {
  archive: (version, { os, architecture }) => `tofu_${version}_${os}_${architecture}.zip`,
  sums: (version) => `tofu_${version}_SHA256SUMS`,
  signature: (version) => `tofu_${version}_SHA256SUMS.gpgsig`,
  key: opentofuKey,
  index: { address: 'https://get.opentofu.org/tofu', name: 'api.json' },
  mirrorIndex: 'tofu_index.json',
  address: (version) => `https://github.com/opentofu/opentofu/releases/download/v${version}`,
}
