import { LauncherError } from '../base/errors.ts'
import type { ContainerPlan } from '../run/engine.ts'

/**
 * A plan in the words of `POST /containers/create`. Pure, and decides nothing that the plan says. What it adds is the same
 * for every container: an init process, no new privileges, first in line for the out-of-memory killer (so that the daemon
 * is last), and a complete, unrotated copy of the output, from which gaps are filled after a crash.
 */
export function containerOptions(plan: ContainerPlan): object {
  const [entrypoint = '', ...rest] = plan.command
  return {
    Image: plan.image,
    Entrypoint: [entrypoint],
    Cmd: rest,
    Env: plan.environment,
    WorkingDir: plan.workingDirectory,
    User: plan.user,
    Labels: plan.labels,
    // With a terminal, output is not in frames, and carriage returns are added to it.
    Tty: false,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: hostConfig(plan),
  }
}

function hostConfig(plan: ContainerPlan): object {
  return {
    Init: true,
    SecurityOpt: ['no-new-privileges'],
    OomScoreAdj: 500,
    PidsLimit: plan.pids,
    // Swap is counted in MemorySwap: equal means none.
    ...(plan.memoryBytes === null ? {} : { Memory: plan.memoryBytes, MemorySwap: plan.memoryBytes }),
    ...(plan.cpus === null ? {} : { NanoCpus: Math.round(plan.cpus * 1e9) }),
    ...(plan.runtime === null ? {} : { Runtime: plan.runtime }),
    NetworkMode: plan.network,
    ExtraHosts: plan.extraHosts,
    LogConfig: { Type: 'local', Config: unrotated },
    // Not `Binds`: those make a missing source as an empty directory of root's in place of failing.
    Mounts: plan.mounts.map((mount) => ({
      Type: 'bind',
      Source: mount.source,
      Target: mount.target,
      ReadOnly: mount.readOnly,
    })),
  }
}

/**
 * Measured on dockerd 20.10: `json-file` replaces bytes that are no UTF-8 and cuts characters at every 16 KiB, so that the copy is not what was written;
 * `local` keeps every byte, and takes a quarter less time. Said in full, because what is left out is taken from the daemon's own defaults,
 * which often rotate. There is no word for "never".
 */
const unrotated = { 'max-size': '1p', 'max-file': '1', compress: 'false', mode: 'blocking' }

/** Throws COMMAND_FAILED for what no process can be given. The daemon would refuse it too, and quote it: values must not be in errors. */
export function checkEnvironment(environment: readonly string[]): void {
  for (const entry of environment) {
    const name = entry.slice(0, Math.max(0, entry.indexOf('=')))
    if (name === '') throw new LauncherError('COMMAND_FAILED', 'a variable of the environment has no name')
    if (!entry.includes('\0')) continue
    throw new LauncherError(
      'COMMAND_FAILED',
      `the variable ${JSON.stringify(name)} of the environment has a NUL byte in it`,
    )
  }
}
