import { finished, type Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { Refusal } from '../base/errors.ts'
import { ByteLimit, tooLarge } from './byte-limit.ts'

/** What is uploaded, for messages, and how much of it is taken. */
export interface UploadLimit {
  readonly what: string
  readonly maxBytes: number
}

/**
 * Hands the body of a request to `store` as a stream, with back-pressure and without keeping it. The stream fails with `too-large`, or
 * when the connection breaks, so that nothing half is ever stored. What `store` leaves unread is read and thrown away, or the client
 * would never read our answer.
 */
export async function upload<T>(
  request: FastifyRequest,
  limit: UploadLimit,
  store: (content: Readable) => Promise<T>,
): Promise<T> {
  if (Number(request.headers['content-length']) > limit.maxBytes) throw tooLarge(limit.what, limit.maxBytes)
  const { raw } = request
  // What was sent has still to reach the disk then, and that is not the client's silence.
  raw.once('end', () => raw.socket.setTimeout(0))
  return takeUpload(raw, limit, store)
}

/** The same for a body whose request is not at hand. */
export async function takeUpload<T>(
  body: Readable,
  limit: UploadLimit,
  store: (content: Readable) => Promise<T>,
): Promise<T> {
  const content = new ByteLimit(limit.what, limit.maxBytes)
  // The error is read from `errored`. Without a listener it would end the process if it came before `store` listens.
  content.on('error', () => {})
  finished(body, { writable: false }, (error) => error && content.destroy(error))
  body.pipe(content)
  try {
    return await store(content)
  } catch (error) {
    throw content.errored instanceof Refusal ? content.errored : error
  } finally {
    body.unpipe(content)
    content.destroy()
    body.resume()
  }
}
