import { readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { CommandFailure, exitCodes } from './failure.ts'
import type { Io } from './io.ts'

const names = ['stack.yaml', 'stack.yml']

/** A stack's YAML, ready to be sent, and the directory to upload with it. */
export interface StackFile {
  readonly yaml: string
  /** Absolute; null if the source is not a directory. */
  readonly directory: string | null
  /** The YAML itself, relative to `directory`: it may hold secrets, and no run needs it. */
  readonly without: readonly string[]
}

/** Reads the YAML that `path` names: the file itself, or `stack.yaml` in the directory. */
export async function readStackFile(io: Io, path: string): Promise<StackFile> {
  const file = await stackFileAt(resolve(io.cwd, path))
  const beside = dirname(file)
  const written = await readFile(file, 'utf8')
  const { yaml, directory } = await io.abilities.prepareStack(written, (named) => readFile(resolve(beside, named)))
  if (directory === null) return { yaml, directory, without: [] }
  const root = resolve(beside, directory)
  return { yaml, directory: root, without: [relative(root, file).replaceAll('\\', '/')] }
}

async function stackFileAt(path: string): Promise<string> {
  const status = await statOf(path)
  if (!status) throw new CommandFailure(exitCodes.failed, `There is no file or directory ${path}.`)
  if (!status.isDirectory()) return path
  for (const name of names) {
    const file = join(path, name)
    if (await statOf(file)) return file
  }
  throw new CommandFailure(exitCodes.failed, `There is no ${names.join(' or ')} in ${path}.`)
}

function statOf(path: string) {
  return stat(path).catch(() => null)
}
