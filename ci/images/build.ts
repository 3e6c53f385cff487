import { fileURLToPath } from 'node:url'
import { messageOf } from '../tools/errors.ts'
import { version, writeFiles } from './files.ts'
import { buildImage } from './image.ts'
import { readOptions, usage } from './options.ts'

// `node ci/images/build.ts launcher|mothership`: builds the program's image, and prints its id on standard output.
const root = fileURLToPath(new URL('../..', import.meta.url))
const words = process.argv.slice(2)
const options = readOptions(words, await version(root))

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

if (words.includes('--help')) {
  process.stdout.write(usage)
} else if (typeof options === 'string') {
  process.stderr.write(`${options}\n\n${usage}`)
  process.exitCode = 2
} else {
  try {
    if (options.files) await writeFiles(options.program, { root, folder: options.files })
    else {
      const line = (text: string) => void process.stderr.write(`${text}\n`)
      process.stdout.write(`${await buildImage(options, { root, env: process.env, signal: stop.signal, line })}\n`)
    }
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = 1
  }
}
