import { duration } from './duration.ts'
import { flag } from './formats.ts'
import { defaulted, optional, type Format } from './option.ts'

const path: Format<string> = {
  name: 'file',
  expected: 'a path of a file such as /etc/spacelift/policy.rego',
  parse: (text) => (text.endsWith('/') ? null : text),
}

const failedCalls: Format<'deny' | 'ignore'> = {
  name: 'deny or ignore',
  expected: 'deny or ignore',
  parse: (text) => (['deny', 'ignore'] as const).find((word) => word === text.toLowerCase()) ?? null,
}

/** The settings of the run initialization policy. */
export const policyOptions = {
  policyFile: optional({
    env: 'SPACELIFT_LAUNCHER_RUN_INITIALIZATION_POLICY',
    group: 'Policy',
    format: path,
    unset: 'every run may start',
    doc: 'A Rego file whose deny rule says which runs may not start here; it is read at the start.',
  }),
  opa: optional({
    env: 'SPACELIFT_LAUNCHER_OPA',
    group: 'Policy',
    format: path,
    unset: 'beside the launcher, then on the PATH',
    doc: 'The opa program, 1.0 or later, that evaluates the policy.',
  }),
  policyTimeoutMs: defaulted({
    env: 'SPACELIFT_LAUNCHER_POLICY_TIMEOUT',
    group: 'Policy',
    format: duration,
    fallback: '10s',
    doc: 'How long the policy may take for one run, with all that it runs; then the run is denied.',
  }),
  policyExec: defaulted({
    env: 'SPACELIFT_LAUNCHER_POLICY_EXEC',
    group: 'Policy',
    format: flag,
    fallback: 'false',
    doc: "Whether the policy may run programs of the launcher's machine, by exec().",
  }),
  policyHttp: defaulted({
    env: 'SPACELIFT_LAUNCHER_POLICY_HTTP',
    group: 'Policy',
    format: flag,
    fallback: 'false',
    doc: 'Whether the policy may use the network, by http.send() and net.lookup_ip_addr().',
  }),
  policyFailedCalls: defaulted({
    env: 'SPACELIFT_LAUNCHER_POLICY_FAILED_CALLS',
    group: 'Policy',
    format: failedCalls,
    fallback: 'deny',
    doc: 'What a call that fails in the policy means, as of text that is no token: deny, or ignore as in plain Rego.',
  }),
} as const
