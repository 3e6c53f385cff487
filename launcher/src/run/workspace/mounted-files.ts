import { decodeBase64 } from '../../../../protocol/token.ts'
import { maxFileBytes, type Job, type JobFile } from '../../../../protocol/job.ts'
import { LauncherError } from '../../base/errors.ts'
import { placeFile, placeProblem, type PlacedFile } from './files.ts'
import type { Owner } from './directories.ts'

/**
 * Puts a job's mounted files into its workspace, over files of the source. Rejects with FILE_REFUSED, naming everything
 * that is wrong with any of them, before anything is written.
 */
export async function mountFiles(workspace: string, files: readonly JobFile[], owner: Owner): Promise<void> {
  const placed: PlacedFile[] = []
  const problems: string[] = []
  for (const file of files) {
    const bytes = contentOf(file)
    const problem = typeof bytes === 'string' ? bytes : await placeProblem(workspace, file.path)
    if (problem !== null) problems.push(`${JSON.stringify(file.path)}: ${problem}`)
    else if (typeof bytes !== 'string') placed.push({ path: file.path, bytes, mode: file.secret ? 0o600 : 0o644 })
  }
  if (problems.length > 0) {
    throw new LauncherError('FILE_REFUSED', `Mounted files were refused: ${problems.join('; ')}.`)
  }
  for (const file of placed) await placeFile(workspace, file, owner)
}

/** Where a job finds the token by which it proves to clouds who it is, relative to its workspace. */
export const tokenFile = 'spacelift.oidc'

/** The token that a job's workspace is to have, if any: a file that the stack puts there goes first. */
export function tokenToPlace({ oidcToken, files }: Pick<Job, 'oidcToken' | 'files'>): string | null {
  return files.some(({ path }) => path === tokenFile) ? null : (oidcToken ?? null)
}

/** Puts a job's token into its workspace, in place of the one of the job before it. */
export async function placeToken(workspace: string, token: string, owner: Owner): Promise<void> {
  const problem = await placeProblem(workspace, tokenFile)
  if (problem !== null)
    throw new LauncherError('FILE_REFUSED', `The OIDC token cannot be put at ${tokenFile}: ${problem}.`)
  await placeFile(workspace, { path: tokenFile, bytes: Buffer.from(token), mode: 0o600 }, owner)
}

/** The bytes of a file, or what is wrong with them. */
function contentOf({ content }: JobFile): Buffer | string {
  if (content === '') return Buffer.alloc(0)
  const decoded = decodeBase64(content)
  if (!decoded.ok) return `its content is not base64 (${decoded.fault.message})`
  return decoded.value.length > maxFileBytes
    ? `it has ${decoded.value.length} bytes, ${maxFileBytes} are allowed`
    : decoded.value
}
