import { readFile } from 'node:fs/promises'

const bytesPerMebibyte = 1024 * 1024

/** Resident memory of a process, in MiB (`VmRSS` of `/proc/PID/status`, proc_pid_status(5)). Rejects if there is no such process. */
export async function residentMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
  return (kibibytes * 1024) / bytesPerMebibyte
}
