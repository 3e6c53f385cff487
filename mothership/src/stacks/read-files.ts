import { maxFileBytes } from '../../../protocol/job.ts'
import { decodeBase64 } from '../../../protocol/token.ts'
import type { StackFile } from './definition.ts'
import type { Reading } from './reading.ts'
import { refuseShortSecret } from './short-secret.ts'
import { relativePath } from './relative-path.ts'
import type { Tree } from './yaml-tree.ts'

/** Files of a stack at most, and their bytes together: all of them travel in one document. */
const maxFiles = 500
const maxTotalBytes = 16 * 1024 * 1024

/**
 * `files`: a list of `{path, content, secret}`, or `base64` in place of `content` for what is not text. `from` names a file beside the
 * YAML; whoever sends the YAML puts the content in its place (inline-files.ts). No problem quotes a content.
 */
export function readFiles(reading: Reading, tree: Tree | undefined): readonly StackFile[] {
  const files = reading.list(tree, 'files').flatMap((item, index) => readFile(reading, item, `files[${index}]`) ?? [])
  const paths = files.map((file) => file.path)
  for (const path of new Set(paths.filter((each, index) => paths.indexOf(each) !== index))) {
    reading.refuse('files', `${path} is given twice`)
  }
  const total = files.reduce((sum, file) => sum + Buffer.byteLength(file.content, 'base64'), 0)
  if (files.length > maxFiles) reading.refuse('files', `expected at most ${maxFiles}, got ${files.length}`)
  if (total > maxTotalBytes) reading.refuse('files', `expected at most ${maxTotalBytes} bytes together, got ${total}`)
  return files
}

function readFile(reading: Reading, item: Tree, place: string): StackFile | null {
  const fields = reading.fields(item, place, ['path', 'content', 'base64', 'from', 'secret'])
  const written = reading.text(fields.get('path'), `${place}.path`)
  if (!fields.has('path')) reading.refuse(`${place}.path`, 'is missing')
  const path = written === null ? null : relativePath(written)
  if (written !== null && !path) reading.refuse(`${place}.path`, 'expected a path below the workspace, without ..')
  const secret = reading.flag(fields.get('secret'), `${place}.secret`, false)
  const content = contentOf(reading, fields, place)
  if (secret && content !== null) refuseShortSecret(reading, place, Buffer.from(content, 'base64').toString())
  return path && content !== null ? { path, content, secret } : null
}

function contentOf(reading: Reading, fields: ReadonlyMap<string, Tree>, place: string): string | null {
  const given = ['content', 'base64', 'from'].filter((name) => fields.has(name))
  if (given.length !== 1) {
    const found = given.length === 0 ? 'none' : given.join(' and ')
    reading.refuse(place, `expected one of content, base64 and from, got ${found}`)
    return null
  }
  if (given[0] === 'from') {
    reading.refuse(
      `${place}.from`,
      'the file was not sent along: the command line reads it, and puts it here as base64',
    )
    return null
  }
  const bytes = bytesOf(reading, fields, place)
  if (bytes && bytes.length > maxFileBytes) {
    reading.refuse(place, `expected at most ${maxFileBytes} bytes, got ${bytes.length}`)
  }
  return bytes?.toString('base64') ?? null
}

function bytesOf(reading: Reading, fields: ReadonlyMap<string, Tree>, place: string): Buffer | null {
  if (fields.has('content')) {
    const text = reading.written(fields.get('content'), `${place}.content`)
    return text === null ? null : Buffer.from(text, 'utf8')
  }
  const text = reading.written(fields.get('base64'), `${place}.base64`)
  if (text === null || text.trim() === '') return text === null ? null : Buffer.alloc(0)
  const decoded = decodeBase64(text.replaceAll(/\s/g, ''))
  if (decoded.ok) return decoded.value
  reading.refuse(`${place}.base64`, decoded.fault.message)
  return null
}
