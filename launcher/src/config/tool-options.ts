import { signatureRules, type SignatureRule } from '../run/run.ts'
import { mirror } from './formats.ts'
import { optional, type Format } from './option.ts'

const signatureRule: Format<SignatureRule> = {
  name: signatureRules.join(', '),
  expected: `one of ${signatureRules.join(', ')}`,
  parse: (text) => signatureRules.find((name) => name === text.toLowerCase()) ?? null,
}

/** Where tools come from, and how they are known to be what their makers published. */
export const toolOptions = {
  toolMirror: optional({
    env: 'SPACELIFT_LAUNCHER_TOOL_MIRROR',
    group: 'Jobs',
    format: mirror,
    unset: "the tools' official releases",
    doc: 'Where tools such as OpenTofu are fetched from.',
  }),
  toolSignatures: optional({
    env: 'SPACELIFT_LAUNCHER_TOOL_SIGNATURES',
    group: 'Jobs',
    format: signatureRule,
    unset: 'always, and if-present for a mirror',
    doc: "When a tool's sums must have its maker's signature; sums are checked in any case.",
  }),
} as const
