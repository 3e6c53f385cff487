import { parseArgs } from 'node:util'
import { programs, type ProgramName } from './files.ts'

/** What is asked of the build script. */
export interface BuildOptions {
  readonly program: ProgramName
  readonly tag: string
  /** Build arguments of the Dockerfile, by name. */
  readonly bases: Readonly<Record<string, string>>
  /** Network of the build's commands, as `docker build --network` has it, or null. */
  readonly network: string | null
  /** Whether every step is done again, whatever is cached. */
  readonly fresh: boolean
  /** Only write our own files there, without Docker; or null. */
  readonly files: string | null
}

export const usage = `Usage: npm run image -- launcher|mothership [options]

  --tag NAME:TAG      what the image is called; spacelift-worker/PROGRAM:VERSION unless said
  --base IMAGE        Debian's, with or without the packages that the image needs
  --node IMAGE        one that has /usr/local/bin/node
  --opa IMAGE         one that has a static /opa; launcher only
  --network NAME      network of the build's commands
  --fresh             take nothing from the cache of earlier builds
  --files DIRECTORY   write our own files of the image there, and build nothing

Bases that are not named are the official images. The engine is that of DOCKER_HOST. A registry's or another platform's image: docker buildx
build --platform linux/arm64 -f PROGRAM/Dockerfile .
`

const defaults = { network: null, files: null, fresh: false }

/** Reads the command line; a sentence says what is wrong with it. */
export function readOptions(words: readonly string[], version: string): BuildOptions | string {
  try {
    const text = { type: 'string' } as const
    const options = {
      tag: text,
      base: text,
      node: text,
      opa: text,
      network: text,
      files: text,
      fresh: { type: 'boolean' } as const,
    }
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true })
    const program = programs.find((one) => one === positionals[0])
    if (!program || positionals.length > 1) {
      return `expected one of ${programs.join(', ')}, and got ${JSON.stringify(positionals.join(' '))}`
    }
    if (values.opa && program !== 'launcher') return `--opa is of the launcher's image, and not of the ${program}'s`
    return { ...defaults, tag: `spacelift-worker/${program}:${version}`, ...values, program, bases: basesOf(values) }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function basesOf(values: { base?: string; node?: string; opa?: string }): Record<string, string> {
  const { base, node, opa } = values
  return { ...(base && { BASE: base }), ...(node && { NODE: node }), ...(opa && { OPA: opa }) }
}
