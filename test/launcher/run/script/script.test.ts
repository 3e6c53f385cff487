import { findProgram } from '../../../../quickstart/machine/find-program.ts'
import { describeScript } from './suite.ts'

/* In the shells that this machine has. There is always one; busybox is brought by script.real.test.ts. */
for (const shell of [['dash'], ['bash', '--posix'], ['bash'], ['sh']] as const) {
  if (findProgram(shell[0])) describeScript(shell)
}
