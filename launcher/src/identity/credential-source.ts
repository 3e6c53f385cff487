import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Secret } from '../base/secret.ts'
import type { CredentialTexts } from './credentials.ts'

/** Where one of the two texts comes from: from one of them, or from neither, which was said elsewhere. */
export interface TextSource {
  readonly value: Secret | null
  readonly file: string | null
}

/** Where token and key come from. */
export interface CredentialSource {
  readonly token: TextSource
  readonly privateKey: TextSource
}

/** The texts as they are now, and which files could not be read. */
export interface SourceTexts {
  readonly texts: Required<CredentialTexts>
  readonly problems: readonly string[]
}

/** A token has some 6,000 bytes. Whoever names the wrong file must not fill the memory. */
const maxBytes = 256 * 1024

/** The settings that say where they come from. */
export interface SourceSettings {
  readonly token?: Secret | null
  readonly tokenFile?: string | null
  readonly privateKey?: Secret | null
  readonly privateKeyFile?: string | null
}

export function sourceOf(settings: SourceSettings): CredentialSource {
  const { token = null, tokenFile = null, privateKey = null, privateKeyFile = null } = settings
  return { token: { value: token, file: tokenFile }, privateKey: { value: privateKey, file: privateKeyFile } }
}

/** Whether a later look can find something else. */
export function canChange({ token, privateKey }: CredentialSource): boolean {
  return token.file !== null || privateKey.file !== null
}

/** Reads the two texts. Total: a file that cannot be read is a problem, and its text null. */
export async function readTexts(source: CredentialSource): Promise<SourceTexts> {
  const names = {
    token: nameOf('SPACELIFT_TOKEN', source.token),
    privateKey: nameOf('SPACELIFT_POOL_PRIVATE_KEY', source.privateKey),
  }
  const token = await textOf(source.token, names.token)
  const privateKey = await textOf(source.privateKey, names.privateKey)
  return {
    texts: { token: token.text, privateKey: privateKey.text, names },
    problems: [...token.problems, ...privateKey.problems],
  }
}

function nameOf(variable: string, { file }: TextSource): string {
  return file === null ? variable : `${variable}_FILE`
}

async function textOf({ value, file }: TextSource, name: string): Promise<{ text: string | null; problems: string[] }> {
  if (file === null) return { text: value?.reveal() ?? null, problems: [] }
  try {
    const text = await readText(file)
    if (text === null) return { text, problems: [`${name}: ${file} is longer than ${maxBytes} bytes`] }
    return text === '' ? { text: null, problems: [`${name}: ${file} is empty`] } : { text, problems: [] }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return { text: null, problems: [`${name}: cannot read ${file} (${code})`] }
  }
}

/** The text without space around it; null: too long. A pipe without a writer is not waited for, and a device is not read to its end. */
async function readText(file: string): Promise<string | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(maxBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length)
      length += bytesRead
      if (length > maxBytes) return null
      if (bytesRead === 0) return bytes.toString('utf8', 0, length).trim()
    }
  } finally {
    await handle.close()
  }
}
