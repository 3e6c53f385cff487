import { duration } from './duration.ts'
import { wholeNumber } from './formats.ts'
import { optional, type Format } from './option.ts'

const percentage: Format<number> = {
  name: 'percentage',
  expected: 'a percentage from 1 to 100, such as 90',
  parse: (text) => wholeNumber(text.replace(/ ?%$/, ''), 1, 100),
}

const jobs: Format<number> = {
  name: 'number',
  expected: 'a whole number from 1 to 1000000',
  parse: (text) => wholeNumber(text, 1, 1_000_000),
}

/** Where it is heard that the machine goes. */
export type NoticeSource = 'aws' | 'gcp' | 'azure' | { readonly url: string } | { readonly file: string }

const clouds = ['aws', 'gcp', 'azure'] as const

const noticeSource: Format<NoticeSource> = {
  name: 'aws, gcp, azure, URL or file',
  expected: 'aws, gcp, azure, an http(s) URL, or an absolute path of a file',
  parse(text) {
    const cloud = clouds.find((name) => name === text.toLowerCase())
    if (cloud) return cloud
    if (/^\/.*[^/]$/.test(text)) return { file: text }
    const url = URL.parse(text)
    return url && /^https?:$/.test(url.protocol) ? { url: url.href } : null
  },
}

/** The settings of a launcher's stay on its machine: what it may fill, and when it leaves by itself. */
export const machineOptions = {
  diskUsageThreshold: optional({
    env: 'SPACELIFT_LAUNCHER_DISK_USAGE_THRESHOLD',
    group: 'Machine',
    format: percentage,
    unset: 'only a full disk',
    doc: 'How full a disk may be, in percent; then the launcher cleans between jobs, and leaves if that is not enough.',
  }),
  exitAfterJobs: optional({
    env: 'SPACELIFT_LAUNCHER_EXIT_AFTER_JOBS',
    group: 'Machine',
    format: jobs,
    unset: 'never',
    doc: 'How many jobs the launcher takes before it leaves; 1: one job, and it is gone.',
  }),
  exitAfterIdleMs: optional({
    env: 'SPACELIFT_LAUNCHER_EXIT_AFTER_IDLE',
    group: 'Machine',
    format: duration,
    unset: 'never',
    doc: 'How long the launcher may have nothing to do before it leaves.',
  }),
  spotNotice: optional({
    env: 'SPACELIFT_LAUNCHER_SPOT_NOTICE',
    group: 'Machine',
    format: noticeSource,
    unset: 'not asked for',
    doc: 'Where it is heard that the machine goes: then an idle launcher leaves, and a job in hand is interrupted in time.',
  }),
} as const
