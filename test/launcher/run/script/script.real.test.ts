import { homedir } from 'node:os'
import { cacheDirectory } from '../../../../ci/tools/cache.ts'
import { findBusybox } from '../../../../quickstart/runner-image/busybox.ts'
import { describeScript } from './suite.ts'

/* In the shell of the smallest images. The set-up has brought it already, for the runner image. */
const machine = { env: process.env, say: () => undefined, signal: new AbortController().signal }
describeScript([await findBusybox(cacheDirectory(process.env, homedir()), machine), 'sh'])
