import type { Abilities } from './cli/io.ts'

/** What the command line borrows from the rooms of the server, loaded when it is needed. It runs on the user's machine. */
export const abilities: Abilities = {
  async makeKeyRequest() {
    const { makeKeyRequest } = await import('./pools/key-request.ts')
    return makeKeyRequest()
  },
  async prepareStack(yaml, read) {
    const { inlineFiles } = await import('./stacks/inline-files.ts')
    const { readDefinition } = await import('./stacks/read-definition.ts')
    const complete = await inlineFiles(yaml, read)
    const { source } = readDefinition(complete)
    return { yaml: complete, directory: source.kind === 'directory' ? source.directory : null }
  },
}
