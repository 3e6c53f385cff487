import { copyFile, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runCommand } from '../../ci/tools/command.ts'
import { QuickstartError } from '../failure.ts'
import { downloadPackages, isDebianFamily, type AptOptions } from '../machine/apt.ts'
import { findProgram, machinePath } from '../machine/find-program.ts'

/** A busybox that needs no library: the machine's, the cached one, or the one of Debian's package, which is not installed for it. */
export async function findBusybox(cache: string, options: AptOptions): Promise<string> {
  const cached = join(cache, 'busybox', 'busybox')
  for (const file of [findProgram('busybox'), cached]) if (file && (await isStatic(file))) return file
  if (!isDebianFamily()) {
    throw new QuickstartError('no-image', 'A runner image cannot be made here: there is no static busybox on the PATH.')
  }
  await mkdir(dirname(cached), { recursive: true })
  const folder = await mkdtemp(join(dirname(cached), '.package-'))
  try {
    await downloadPackages(['busybox-static'], folder, options)
    const [archive = ''] = await readdir(folder)
    const env = { PATH: machinePath }
    await runCommand('dpkg-deb', ['-x', join(folder, archive), join(folder, 'root')], { env, signal: options.signal })
    // Debian moved it from /bin to /usr/bin with release 12.
    const inPackage = ['usr/bin', 'bin'].map((place) => join(folder, 'root', place, 'busybox'))
    for (const file of inPackage) if (await isStatic(file)) await copyFile(file, join(folder, 'busybox'))
    await rename(join(folder, 'busybox'), cached)
    return cached
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const programInterpreter = 3

/** Whether a file is a 64-bit little-endian ELF program that asks for no loader (elf(5)). */
async function isStatic(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null)
  if (!file) return false
  try {
    const { buffer: head } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    if (head.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return false
    const [begin, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)]
    const types = Array.from({ length: count }, (_, index) => head.readUInt32LE(begin + index * size))
    return !types.includes(programInterpreter)
  } finally {
    await file.close()
  }
}
