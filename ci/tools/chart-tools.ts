import { fileURLToPath } from 'node:url'
import type { Tool } from './tools.ts'

/*
 * What the chart is rendered and tested with. All come as Go modules, pinned by their sums: the releases are
 * archives of other kinds, and nobody publishes them in a form that adds anything to that.
 */

/** The Kubernetes that `helm template` imagines without a cluster; helm 3 says 1.20 if its build does not tell. */
const imagined = (library: string) => `-X ${library}.k8sVersionMajor=1 -X ${library}.k8sVersionMinor=37`

function helm(major: 3 | 4, version: string, flags: string): Tool {
  const path = `helm.sh/helm/v${major}`
  return {
    name: `helm${major}`,
    title: `Helm ${major}`,
    version,
    binary: 'helm',
    versionArguments: ['version', '--template', '{{.Version}}'],
    versionPattern: /^v(\S+)/m,
    release: null,
    module: {
      package: `${path}/cmd/helm`,
      linkerFlags: `-s -w -X ${path}/internal/version.version=v${version} ${flags}`.trim(),
    },
  }
}

const imaginedByHelm3 = ['helm.sh/helm/v3/pkg/chartutil', 'helm.sh/helm/v3/pkg/lint/rules'].map(imagined).join(' ')

const versionChart = fileURLToPath(new URL('helm-unittest/version', import.meta.url))

/** Runs the suites of `test/chart`. It brings a Helm 3 of its own inside. */
const helmUnittest: Tool = {
  name: 'helm-unittest',
  title: 'helm-unittest',
  version: '1.1.2',
  binary: 'helm-unittest',
  // It has no flag for its version, but tells it when a suite asks for one.
  versionArguments: ['--debugPlugin', '--file', 'version_test.yaml', versionChart],
  versionPattern: /build-version (\d[^" ]*)/,
  release: null,
  module: {
    package: 'github.com/helm-unittest/helm-unittest/cmd/helm-unittest',
    linkerFlags: `-s -w -X github.com/helm-unittest/helm-unittest/internal/build.version=1.1.2 ${imaginedByHelm3}`,
  },
}

const kubeconform: Tool = {
  name: 'kubeconform',
  title: 'kubeconform',
  version: '0.8.0',
  binary: 'kubeconform',
  versionArguments: ['-v'],
  versionPattern: /^v(\S+)/m,
  release: null,
  module: { package: 'github.com/yannh/kubeconform/cmd/kubeconform', linkerFlags: '-s -w -X main.version=v0.8.0' },
}

/** The order is that of help texts. */
export const chartTools: readonly Tool[] = [
  helm(3, '3.22.0', imaginedByHelm3),
  helm(4, '4.3.1', ''),
  helmUnittest,
  kubeconform,
]
