import type { NoticeSource } from './config/machine-options.ts'
import { awsNotices } from './machine/aws-notice.ts'
import { azureNotices } from './machine/azure-notice.ts'
import { gcpNotices } from './machine/gcp-notice.ts'
import type { NoticeBoard } from './machine/notice.ts'
import { addressNotices, fileNotices } from './machine/plain-notice.ts'

/** Where the settings say that notices are. */
export function noticeBoard(source: NoticeSource): NoticeBoard {
  switch (source) {
    case 'aws':
      return awsNotices()
    case 'gcp':
      return gcpNotices()
    case 'azure':
      return azureNotices()
    default:
      return 'file' in source ? fileNotices(source.file) : addressNotices(source.url)
  }
}
