import { chartTools } from './chart-tools.ts'
import { opa } from './opa.ts'

/** Where a tool's official releases are, and what they must hash to. */
export interface Release {
  /** Address of the folder that holds the archives. */
  readonly folder: string
  /** By Node's `platform-arch`: the zip's name and its SHA-256, as the project published it in its SHA256SUMS. */
  readonly archives: Readonly<Record<string, { readonly file: string; readonly sha256: string }>>
}

/** How a tool is built from its Go module. `go.mod` and `go.sum` in the folder of the tool's name pin every module by hash. */
export interface GoModule {
  readonly package: string
  readonly linkerFlags: string
}

/** A tool that tests and people need, in the one version that is used. */
export interface Tool {
  readonly name: string
  readonly title: string
  readonly version: string
  readonly binary: string
  readonly versionArguments: readonly string[]
  /** Finds the version in what the tool prints, as its first group. */
  readonly versionPattern: RegExp
  /** Null: no release whose checksum we could take from its project. */
  readonly release: Release | null
  /** Null: it cannot be built as a module. */
  readonly module: GoModule | null
}

const opentofu: Tool = {
  name: 'opentofu',
  title: 'OpenTofu',
  version: '1.12.6',
  binary: 'tofu',
  versionArguments: ['version'],
  versionPattern: /^OpenTofu v(\S+)/m,
  release: {
    folder: 'https://github.com/opentofu/opentofu/releases/download/v1.12.6',
    archives: {
      'linux-x64': {
        file: 'tofu_1.12.6_linux_amd64.zip',
        sha256: '5dc43da4f750f33873dc25e94587128709e819e544b7be9016b255316153c3a8',
      },
      'linux-arm64': {
        file: 'tofu_1.12.6_linux_arm64.zip',
        sha256: 'e573979ba68a17fe7b881752051a694a7efcd970e39521f6a25775197861ed4d',
      },
    },
  },
  module: {
    package: 'github.com/opentofu/opentofu/cmd/tofu',
    // Without it the version is reported as 1.12.6-dev.
    linkerFlags: '-s -w -X github.com/opentofu/opentofu/version.dev=no',
  },
}

const terraform: Tool = {
  name: 'terraform',
  title: 'Terraform',
  version: '1.11.4',
  binary: 'terraform',
  versionArguments: ['version'],
  versionPattern: /^Terraform v(\S+)/m,
  release: {
    folder: 'https://releases.hashicorp.com/terraform/1.11.4',
    archives: {
      'linux-x64': {
        file: 'terraform_1.11.4_linux_amd64.zip',
        sha256: '1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc',
      },
      'linux-arm64': {
        file: 'terraform_1.11.4_linux_arm64.zip',
        sha256: 'a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633',
      },
    },
  },
  // Its go.mod replaces nine modules by folders of the repository, which the published module leaves out.
  module: null,
}

/** Every tool, pinned. The order is that of help texts. */
export const tools: readonly Tool[] = [opentofu, terraform, opa, ...chartTools]

/** The row of a tool, or undefined. */
export function toolNamed(name: string): Tool | undefined {
  return tools.find((tool) => tool.name === name)
}
