import type { Setting } from '../setting.ts'

/** What to try next, in lines: beside the running system, or after it. */
export function nextSteps({ state, root }: Setting, staysUp: boolean): string[] {
  if (!staysUp)
    return ['Start again on a terminal, and it stays up:  npm start', 'Forget everything:  npm start -- --reset']
  return [
    'In another terminal:',
    `  cd ${root}`,
    `  export SPACELIFT_MOTHERSHIP_PROFILE=${state.profile}`,
    '  npx spacelift-mothership worker list',
    '  npx spacelift-mothership stack apply quickstart/stacks/hooks',
    '  npx spacelift-mothership run trigger hooks --follow',
    '  npx spacelift-mothership --help',
    `Logs of the programs: ${state.logs}`,
  ]
}
