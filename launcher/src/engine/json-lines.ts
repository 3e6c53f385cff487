import { LauncherError } from '../base/errors.ts'

/** Longest line that the daemon may send, in bytes. Its longest ones list the layers of an image. */
const maxLineBytes = 1024 * 1024

/**
 * The values of a body of JSON lines, as they come. What is not JSON is passed over: a line too many is no reason to give up
 * what goes on behind it. Throws ENGINE_FAILED for a line of more than 1 MiB.
 */
export async function* jsonLines(source: AsyncIterable<Buffer>): AsyncGenerator<unknown, void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      yield* jsonValue(bytes.subarray(from, end))
      from = end + 1
    }
    rest = bytes.subarray(from)
    if (rest.length > maxLineBytes) {
      throw new LauncherError('ENGINE_FAILED', `the Docker engine sent a line of more than ${maxLineBytes} bytes`)
    }
  }
  yield* jsonValue(rest)
}

function* jsonValue(line: Buffer): Generator<unknown> {
  try {
    if (line.length > 0) yield JSON.parse(line.toString('utf8'))
  } catch {
    // Not JSON: passed over, as said above.
  }
}
