import { build } from 'esbuild'
import { join } from 'node:path'

/** A launcher in one file, as an image would have it. Answers its path. */
export async function bundleLauncher(program: string, directory: string): Promise<string> {
  const outfile = join(directory, 'bundle', 'launcher.cjs')
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    platform: 'node',
    // Most of what it imports is CommonJS, and asks for `require` and `__dirname`.
    format: 'cjs',
    target: 'node24',
    minify: true,
    keepNames: true,
    logLevel: 'silent',
    external: ['cpu-features', '*.node'],
  })
  return outfile
}
