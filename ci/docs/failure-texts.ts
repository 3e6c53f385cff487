import type { FailureCode } from '../../launcher/src/base/errors.ts'

/** What each failure means and what to do about it. A code without a text here does not compile. */
export const failureTexts: Readonly<Record<FailureCode, string>> = {
  COMMAND_FAILED:
    "A command of the run ended with an error, and the log ends with the command's own words: correct it.",
  IMAGE_NOT_FOUND:
    'The registry does not have the image: correct `image` of the stack, or `SPACELIFT_DEFAULT_RUNNER_IMAGE`.',
  IMAGE_REFUSED:
    'The image is from a registry that the worker does not allow: take one of those that the message names, or ask for `SPACELIFT_LAUNCHER_ALLOWED_IMAGE_HOSTS`.',
  IMAGE_UNUSABLE: 'The image has no POSIX shell, or cannot be started: the log says what is missing.',
  SOURCE_REFUSED: 'The source cannot be taken as it is, such as a path that leaves it: the message names it.',
  FILE_REFUSED: 'A mounted file cannot be put where the stack wants it: the message names its path.',
  ENVIRONMENT_REFUSED:
    'No program could be started with the environment: the message names the variable, whose content can be a mounted file.',
  RUNTIME_CONFIG_INVALID:
    'The `.spacelift/config.yml` of the source cannot be used: the message names line and key, and what was expected.',
  WORKFLOW_INVALID: 'The workflow or project root of the source cannot be used: the message names key and line.',
  POLICY_DENIED: "The policy of the worker's operator denies the run: its messages are in the log.",
  OUT_OF_MEMORY:
    'The run needed more memory than its container may have: let it need less, or raise `SPACELIFT_WORKER_MEMORY`, or the memory of the engine (in a pod, the limit of `dind`).',
  RUN_TIMEOUT: 'The run took too long: split it, or raise `SPACELIFT_LAUNCHER_RUN_TIMEOUT`.',
  LOGS_TIMEOUT: 'The run said nothing for too long: let it say something, or raise `SPACELIFT_LAUNCHER_LOGS_TIMEOUT`.',
  STOPPED: 'A person stopped the run: its history says who.',
  KILLED: 'A person killed the run: its history says who.',
  ENGINE_UNREACHABLE:
    'The Docker engine did not answer: is it running, does `DOCKER_HOST` name it, and do the certificates of `DOCKER_CERT_PATH` fit?',
  ENGINE_TOO_OLD:
    'The Docker engine is older than 20.10 (API 1.41): use a newer one. The launcher ends with exit code 78.',
  ENGINE_FAILED:
    "The Docker engine refused something that it should not: the message has its words, the launcher's log more.",
  MOUNT_REFUSED:
    'The engine cannot mount what a setting names: make the path where the engine runs (in a pod, in `dind` too), or take it out of the setting.',
  ENGINE_RESTARTED:
    'The Docker daemon was restarted and took the container with it: live-restore, which the chart sets, keeps containers while a daemon is away.',
  CONTAINER_LOST:
    'The container was gone or killed, and neither by the launcher nor with the engine: did somebody remove it, or kill a process of it?',
  REGISTRY_REFUSED: 'The registry wants other credentials, or counts too many pulls.',
  REGISTRY_LOGIN_FAILED:
    'The credentials for a registry could not be had: the message names the file of `SPACELIFT_DOCKER_CONFIG_DIR`, the helper, or Amazon ECR.',
  REGISTRY_UNREACHABLE: 'The registry did not answer: network, proxy, name resolution of the engine.',
  SOURCE_UNREACHABLE: "The source could not be fetched: the message has git's words.",
  TOOL_UNAVAILABLE:
    'The tool could not be fetched in this version: network, `SPACELIFT_LAUNCHER_TOOL_MIRROR`, or the version does not exist.',
  DISK_FULL:
    "The worker's disk is full: make room, give the volume more, or let the launcher clean in time by `SPACELIFT_LAUNCHER_DISK_USAGE_THRESHOLD`.",
  DISK_FAILED: "The worker's disk does not do what it should: the launcher's log names the call that failed.",
  LAUNCHER_STOPPING:
    'The launcher had to stop before the run was over: trigger the run again, and see "Stopping" if it happens often.',
  LAUNCHER_RESTARTED:
    'The launcher was killed while the run was in progress, and its journal is damaged or of an older version: trigger the run again.',
  WORKSPACE_UNREADABLE:
    'The workspace of the plan cannot be opened with the key of this pool: was the pool reset in between? Plan again.',
  POLICY_FAILED:
    'The run initialization policy gave no answer, which denies the run: the message says why. Try it with `policy test`.',
  CONFIGURATION: 'The settings cannot work: exit code 78, and one line on standard error for each problem.',
  CONTROL_UNREACHABLE: 'The control plane did not answer for too long: is it up, and is the way to it open?',
  CONTROL_REFUSED:
    'The control plane refused a call for good: the message has its words. A refused certificate wants a new token.',
  JOB_LOST:
    'The job was given to somebody else or ended without this worker: was the worker silent for longer than its lease?',
}
