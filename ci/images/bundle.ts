import { build } from 'esbuild'

/** Puts a program into one file, with all that it imports. Answers the sources that went into it, relative to the working directory. */
export async function bundleProgram(entry: string, outfile: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    // Most of what it imports is CommonJS, and asks for `require` and `__dirname`.
    format: 'cjs',
    target: 'node24',
    minify: true,
    keepNames: true,
    metafile: true,
    logLevel: 'silent',
    external: ['cpu-features', '*.node'],
  })
  return Object.keys(metafile.inputs)
}
