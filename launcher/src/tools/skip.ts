/**
 * A phase's command that a variable of the stack passes over, such as `SPACELIFT_SKIP_APPLYING=true`. `otherwise`: what is done in
 * place of it, in a subshell; default: nothing.
 */
export function skippable(
  phase: 'PLANNING' | 'APPLYING' | 'DESTROYING',
  command: string,
  otherwise = 'exit 0',
): string {
  const name = `SPACELIFT_SKIP_${phase}`
  const skip = `( echo '${name} is set: ${phase.toLowerCase()} is skipped'; ${otherwise} )`
  return `if [ "\${${name}:-}" = true ]; then ${skip}; else ${command}; fi`
}
