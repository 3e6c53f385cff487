import { type Document, isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'

/** Reads a file that the YAML names, relative to the YAML. Rejects if it cannot. */
export type ReadNamedFile = (path: string) => Promise<Uint8Array>

/**
 * Puts the content of every file that `files` and the credentials of a git source name with `from` in its place: the server cannot read the files of whoever
 * writes the YAML. The rest stays as it was written, and what is wrong with it is for `readDefinition` to say. Rejects as `read` does.
 */
export async function inlineFiles(yaml: string, read: ReadNamedFile): Promise<string> {
  const document = parseDocument(yaml, { logLevel: 'silent' })
  if (document.errors.length > 0 || !isMap(document.contents)) return yaml
  const [files, credentials] = [document.get('files'), document.getIn(credentialsPath)]
  if (isSeq(files)) await inlineContents(files, read)
  if (isMap(credentials)) await inlineSecrets(document, credentials, read)
  const isPlain = !isSeq(files) && !isMap(credentials)
  return isPlain ? yaml : document.toString({ lineWidth: 0 })
}

async function inlineContents(files: YAMLSeq, read: ReadNamedFile): Promise<void> {
  for (const file of files.items) {
    const from = fromOf(file)
    if (!isMap(file) || from === null) continue
    file.delete('from')
    file.set('base64', Buffer.from(await read(from)).toString('base64'))
  }
}

async function inlineSecrets(document: Document, secrets: YAMLMap, read: ReadNamedFile): Promise<void> {
  for (const pair of secrets.items) {
    const from = fromOf(pair.value)
    if (from !== null)
      pair.value = document.createNode(
        Buffer.from(await read(from))
          .toString('utf8')
          .trimEnd(),
      )
  }
}

/** Keys and passwords of a git source are rather in files than in the YAML. */
const credentialsPath = ['source', 'git', 'credentials']

function fromOf(node: unknown): string | null {
  const from: unknown = isMap(node) ? node.get('from') : null
  return typeof from === 'string' ? from : null
}
