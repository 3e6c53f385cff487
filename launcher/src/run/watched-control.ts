import { LauncherError } from '../base/errors.ts'
import type { JobControl } from './control.ts'

/** The same control plane; `lost` is told as soon as any call learns that the job is not this worker's any more. */
export function watchedControl(control: JobControl, lost: () => void): JobControl {
  const watched = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call
    } catch (error) {
      if (error instanceof LauncherError && error.code === 'JOB_LOST') lost()
      throw error
    }
  }
  return {
    fetch: (job, signal) => watched(control.fetch(job, signal)),
    start: (job, claim, signal) => watched(control.start(job, claim, signal)),
    report: (job, report, signal) => watched(control.report(job, report, signal)),
    logHeld: (job, signal) => watched(control.logHeld(job, signal)),
    appendLog: (job, range, signal) => watched(control.appendLog(job, range, signal)),
    download: (job, what, signal) => watched(control.download(job, what, signal)),
    upload: (job, upload, signal) => watched(control.upload(job, upload, signal)),
  }
}
