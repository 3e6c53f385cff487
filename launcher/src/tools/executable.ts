import { open } from 'node:fs/promises'
import { platformOfThisMachine } from './platform.ts'

/** `e_machine` of an ELF file in Go's words: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const machines: Readonly<Record<number, string>> = {
  3: '386',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'amd64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
}

const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46])
const headBytes = 20

/** Why an executable cannot run on this machine, of which a shell would only say "exec format error"; null if nothing speaks against it. */
export async function misfitOf(file: string): Promise<string | null> {
  const made = await architectureOf(file)
  const { architecture } = platformOfThisMachine()
  return made === null || made === architecture ? null : `is made for ${made}, and this machine is ${architecture}`
}

/** The architecture that an executable is made for, or null if the file does not say: a script runs anywhere. */
async function architectureOf(file: string): Promise<string | null> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    if (bytesRead < headBytes || !buffer.subarray(0, magic.length).equals(magic)) return null
    const littleEndian = buffer[5] !== 2
    const machine = littleEndian ? buffer.readUInt16LE(18) : buffer.readUInt16BE(18)
    return machines[machine] ?? `machine ${machine}`
  } finally {
    await handle.close()
  }
}
