import type { Failure } from '../../../protocol/report.ts'

/** Whose doing a failure is, and whether the same thing can succeed later. */
interface Kind {
  readonly fault: Failure['fault']
  readonly retry: boolean
}

/** Everything that can fail, once. Names are public: they are in reports, in logs and in `README.md`. */
export const failures = {
  // the run's own doing
  COMMAND_FAILED: { fault: 'run', retry: false },
  IMAGE_NOT_FOUND: { fault: 'run', retry: false },
  IMAGE_REFUSED: { fault: 'run', retry: false },
  IMAGE_UNUSABLE: { fault: 'run', retry: false },
  SOURCE_REFUSED: { fault: 'run', retry: false },
  FILE_REFUSED: { fault: 'run', retry: false },
  ENVIRONMENT_REFUSED: { fault: 'run', retry: false },
  RUNTIME_CONFIG_INVALID: { fault: 'run', retry: false },
  WORKFLOW_INVALID: { fault: 'run', retry: false },
  POLICY_DENIED: { fault: 'run', retry: false },
  OUT_OF_MEMORY: { fault: 'run', retry: false },
  RUN_TIMEOUT: { fault: 'run', retry: false },
  LOGS_TIMEOUT: { fault: 'run', retry: false },
  // somebody asked for it
  STOPPED: { fault: 'person', retry: false },
  KILLED: { fault: 'person', retry: false },
  // the worker's machine
  ENGINE_UNREACHABLE: { fault: 'host', retry: true },
  ENGINE_TOO_OLD: { fault: 'host', retry: false },
  ENGINE_FAILED: { fault: 'host', retry: false },
  MOUNT_REFUSED: { fault: 'host', retry: false },
  ENGINE_RESTARTED: { fault: 'host', retry: false },
  CONTAINER_LOST: { fault: 'host', retry: false },
  REGISTRY_REFUSED: { fault: 'host', retry: false },
  REGISTRY_LOGIN_FAILED: { fault: 'host', retry: false },
  REGISTRY_UNREACHABLE: { fault: 'host', retry: true },
  SOURCE_UNREACHABLE: { fault: 'host', retry: true },
  TOOL_UNAVAILABLE: { fault: 'host', retry: true },
  DISK_FULL: { fault: 'host', retry: false },
  DISK_FAILED: { fault: 'host', retry: false },
  // the launcher
  LAUNCHER_STOPPING: { fault: 'launcher', retry: false },
  LAUNCHER_RESTARTED: { fault: 'launcher', retry: false },
  WORKSPACE_UNREADABLE: { fault: 'launcher', retry: false },
  POLICY_FAILED: { fault: 'launcher', retry: false },
  CONFIGURATION: { fault: 'launcher', retry: false },
  // the control plane
  CONTROL_UNREACHABLE: { fault: 'control', retry: true },
  CONTROL_REFUSED: { fault: 'control', retry: false },
  JOB_LOST: { fault: 'control', retry: false },
} as const satisfies Record<string, Kind>

export type FailureCode = keyof typeof failures

/** A failure of the closed list. `message` is one sentence for a person and never holds a secret; `cause` is for the operator's log. */
export class LauncherError extends Error {
  readonly code: FailureCode

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LauncherError'
    this.code = code
  }

  /** Whether the same thing can succeed later. */
  get retry(): boolean {
    return failures[this.code].retry
  }

  /** The failure as it goes into a report. */
  toFailure(): Failure {
    return { code: this.code, fault: failures[this.code].fault, message: this.message.slice(0, 4096) }
  }
}
