import { build, type Plugin } from 'esbuild'
import { copyFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What is never used of the libraries that ask for it, and takes a third of the launcher's memory: Docker over SSH and the sessions of
 * BuildKit (dockerode), MQTT over WebSockets and SOCKS and in browsers (mqtt), colours of debugging output (debug).
 */
const leftOut =
  /^(ssh2|cpu-features|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|ws|worker-timers|supports-color|\.\/socks)$/

/**
 * Puts a program into one file beside `outfile`, with all that it imports, and what starts it into `outfile`, which ends in `.cjs`.
 * Answers the sources that went into it, relative to the working directory.
 */
export async function bundleProgram(entry: string, outfile: string): Promise<string[]> {
  const { metafile } = await build({
    // Not the entry itself: its first line is for a shell.
    stdin: { contents: `import './${basename(entry)}'`, resolveDir: resolve(dirname(entry)) },
    outfile: outfile.replace(/\.cjs$/, '.js'),
    bundle: true,
    platform: 'node',
    // Most of what it imports is CommonJS, and asks for `require` and `__dirname`.
    format: 'cjs',
    target: 'node24',
    charset: 'ascii',
    banner: { js: '(function (require, module, exports, __filename, __dirname) {' },
    footer: { js: '})' },
    // Names stay, for stacks and logs: to shorten them saves half a MiB, and to keep them beside costs a tenth of the start.
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    logLevel: 'silent',
    external: ['*.node'],
    // The same streams, as a package for browsers and old Nodes.
    alias: { 'readable-stream': 'node:stream' },
    plugins: [withoutUnused],
  })
  await copyFile(fileURLToPath(new URL('start.cjs', import.meta.url)), outfile)
  return Object.keys(metafile.inputs)
}

const withoutUnused: Plugin = {
  name: 'without unused',
  setup(bundler) {
    bundler.onResolve({ filter: leftOut }, ({ path, importer }) =>
      // A file of mqtt's, and not of ours or anybody else's.
      path.startsWith('.') && !importer.includes('/mqtt/') ? undefined : { path, namespace: 'left-out' },
    )
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
