import { build, type BuildOptions, type Plugin } from 'esbuild'
import { copyFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What is never used of the libraries that ask for it, and takes a third of the launcher's memory: Docker over SSH and the sessions of
 * BuildKit (dockerode), mqtt's own ways to a broker over WebSockets and SOCKS and in browsers (ours are in `control/`), colours of debugging output (debug).
 */
const leftOut =
  /^(ssh2|cpu-features|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|ws|worker-timers|supports-color|\.\/socks)$/

/**
 * Puts a program into one file beside `outfile`, with all that it imports but for what is rarely needed, which has files of its own there, and
 * what starts it into `outfile`, which ends in `.cjs`.
 * Answers the sources that went into it, relative to the working directory.
 */
export async function bundleProgram(entry: string, outfile: string): Promise<string[]> {
  const apart = new Map<string, string>()
  const { metafile } = await build({
    ...common,
    // Not the entry itself: its first line is for a shell.
    stdin: { contents: `import './${basename(entry)}'`, resolveDir: resolve(dirname(entry)) },
    outfile: outfile.replace(/\.cjs$/, '.js'),
    // A script that V8 has compiled before asks for modules by `require` only.
    supported: { 'dynamic-import': false },
    banner: { js: '(function (require, module, exports, __filename, __dirname) {' },
    footer: { js: '})' },
    plugins: [withoutUnused, setApart(apart)],
  })
  const others = await Promise.all([...apart].map(([name, from]) => bundleLibrary(name, { from, outfile })))
  await copyFile(fileURLToPath(new URL('start.cjs', import.meta.url)), outfile)
  return [...new Set([...Object.keys(metafile.inputs), ...others.flat()])]
}

const common = {
  bundle: true,
  platform: 'node',
  // Most of what it imports is CommonJS, and asks for `require` and `__dirname`.
  format: 'cjs',
  target: 'node24',
  charset: 'ascii',
  // Names stay, for stacks and logs: to shorten them saves half a MiB, and to keep them beside costs a tenth of the start.
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: 'silent',
  external: ['*.node'],
  // The same streams, as a package for browsers and old Nodes.
  alias: { 'readable-stream': 'node:stream' },
} satisfies BuildOptions

/** What hardly any program needs, and is large: each is a file of its own beside the bundle, which is read when it is asked for. */
const rarelyNeeded: Readonly<Record<string, string>> = {
  '@aws-sdk/client-ecr': 'client-ecr.cjs',
  openpgp: 'openpgp.cjs',
  ws: 'ws.cjs',
}

/** Notes from where each was asked for. */
function setApart(found: Map<string, string>): Plugin {
  return {
    name: 'set apart',
    setup(bundler) {
      bundler.onResolve({ filter: /^(@|openpgp$|ws$)/ }, ({ path, resolveDir }) => {
        const file = rarelyNeeded[path]
        if (file === undefined) return undefined
        found.set(path, resolveDir)
        return { path: `./${file}`, external: true }
      })
    },
  }
}

async function bundleLibrary(name: string, { from, outfile }: { from: string; outfile: string }): Promise<string[]> {
  const { metafile } = await build({
    ...common,
    stdin: { contents: `export * from '${name}'`, resolveDir: from },
    // A module may ask where it is, which CommonJS has another word for.
    define: { 'import.meta.url': 'spacelift_here' },
    banner: { js: "const spacelift_here = require('node:url').pathToFileURL(__filename).href;" },
    outfile: join(dirname(outfile), rarelyNeeded[name] ?? ''),
  })
  return Object.keys(metafile.inputs)
}

const withoutUnused: Plugin = {
  name: 'without unused',
  setup(bundler) {
    bundler.onResolve({ filter: leftOut }, ({ path, importer }) => {
      // A file of mqtt's, and not of ours or anybody else's; and what it asks for that we need ourselves, by another door.
      const isShared = path.startsWith('.') || path === 'ws'
      return isShared && !importer.includes('/node_modules/mqtt/') ? undefined : { path, namespace: 'left-out' }
    })
    bundler.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({ contents: absent(path) }))
  },
}

/** A module that can be asked for anything, and throws as soon as something of it is used. */
function absent(path: string): string {
  return `const fail = () => { throw new Error(${JSON.stringify(`${path} is not part of this program`)}) }
    const own = { prototype: {}, __esModule: undefined }
    const get = (_, name) => (name in own ? own[name] : absent)
    const absent = new Proxy(function () {}, { get, apply: fail, construct: fail })
    module.exports = absent`
}
