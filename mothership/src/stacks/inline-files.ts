import { isMap, isSeq, parseDocument } from 'yaml'

/** Reads a file that the YAML names, relative to the YAML. Rejects if it cannot. */
export type ReadNamedFile = (path: string) => Promise<Uint8Array>

/**
 * Puts the content of every file that `files` names with `from` in its place, as `base64`: the server cannot read the files of whoever
 * writes the YAML. The rest stays as it was written, and what is wrong with it is for `readDefinition` to say. Rejects as `read` does.
 */
export async function inlineFiles(yaml: string, read: ReadNamedFile): Promise<string> {
  const document = parseDocument(yaml, { logLevel: 'silent' })
  const files = document.errors.length === 0 && isMap(document.contents) ? document.get('files') : undefined
  if (!isSeq(files)) return yaml
  for (const file of files.items) {
    const from: unknown = isMap(file) ? file.get('from') : undefined
    if (!isMap(file) || typeof from !== 'string') continue
    file.delete('from')
    file.set('base64', Buffer.from(await read(from)).toString('base64'))
  }
  return document.toString({ lineWidth: 0 })
}
