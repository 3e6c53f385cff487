import { download, DownloadError, type Way } from './download.ts'

/** A file of a source, which may not be longer than `maxBytes`. Rejects with a DownloadError. */
export async function smallFile(
  source: string,
  name: string,
  { maxBytes, ...way }: Way & { readonly maxBytes: number },
): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of (await download(source, name, way)).body) {
    length += piece.length
    if (length > maxBytes) throw new DownloadError(`${name} is longer than ${maxBytes} bytes`, false)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
