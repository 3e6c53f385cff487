import type { Tool } from './tools.ts'

/** Evaluates the launcher's policies; it is in the launcher's image. */
export const opa: Tool = {
  name: 'opa',
  title: 'OPA',
  version: '1.22.2',
  binary: 'opa',
  versionArguments: ['version'],
  versionPattern: /^Version: (\S+)/m,
  release: null,
  module: { package: 'github.com/open-policy-agent/opa', linkerFlags: '-s -w' },
}
