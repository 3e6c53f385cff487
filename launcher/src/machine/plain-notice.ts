import { readFile } from 'node:fs/promises'
import { askMetadata } from './metadata-http.ts'
import { timeIn, type NoticeBoard } from './notice.ts'

const shared = { everyMs: 2_000, leadMs: 120_000 } as const

/** A file that is there when the machine goes; it may say when. */
export function fileNotices(path: string): NoticeBoard {
  return {
    ...shared,
    name: path,
    async read(signal) {
      try {
        return { what: `${path} is there`, at: timeIn(await readFile(path, { encoding: 'utf8', signal })) }
      } catch (error) {
        if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
          return null
        throw error
      }
    },
  }
}

/** An address that answers 2xx with a text when the machine goes, which may say when; 404 or nothing else. */
export function addressNotices(url: string): NoticeBoard {
  const name = `${new URL(url).origin}${new URL(url).pathname}`
  return {
    ...shared,
    name,
    async read(signal) {
      const { status, text } = await askMetadata(url, { signal })
      if (status === 404 || (status >= 200 && status < 300 && text.trim() === '')) return null
      if (status < 200 || status >= 300) throw new Error(`${name} answers with HTTP status ${status}`)
      return { what: `${name} says so`, at: timeIn(text) }
    },
  }
}
