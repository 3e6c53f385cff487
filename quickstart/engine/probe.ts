import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { QuickstartError } from '../failure.ts'
import { runContainer } from './run-container.ts'

/** What to try: an image with a shell, and the directory that runs will live in. */
export interface ProbeOptions {
  readonly socket: string
  readonly image: string
  readonly directory: string
  readonly signal: AbortSignal
}

/** Both programs are tried: busybox has the first, most other images the second. */
const fetchWord = (address: string) =>
  `timeout 5 wget -q -O - ${address} 2>/dev/null || curl -s -m 5 ${address} || echo unreachable`

/**
 * Tries with one container what every run needs: that the engine sees this machine's directories (one in a virtual machine or on another
 * host does not), and that containers reach this machine. Answers the address by which they do. Rejects with
 * `engine-elsewhere` or `engine-refused`.
 */
export async function probeEngine({ socket, image, directory, signal }: ProbeOptions): Promise<string> {
  await mkdir(directory, { recursive: true })
  const folder = await mkdtemp(join(directory, '.probe-'))
  const word = crypto.randomUUID()
  const server = createServer((_request, response) => response.end(`reached-${word}`))
  try {
    // The image's user is another one than ours.
    await chmod(folder, 0o755)
    await writeFile(join(folder, 'word'), word, { mode: 0o644 })
    await new Promise<void>((resolve) => server.listen(0, resolve))
    const { port } = server.address() as AddressInfo
    const script = `cat /probe/word; echo; grep host.docker.internal /etc/hosts; ${fetchWord(`http://host.docker.internal:${port}/`)}`
    const { output } = await runContainer(socket, { image, script, binds: [`${folder}:/probe:ro`], signal })
    judge(output, word, directory)
    return /(\S+)\s+host\.docker\.internal/.exec(output)?.[1] ?? ''
  } finally {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function judge(output: string, word: string, directory: string): void {
  if (!output.startsWith(word)) {
    throw new QuickstartError(
      'engine-elsewhere',
      `The Docker engine does not see ${directory} of this machine (is it in a virtual machine, or on another host?): run this where the engine is.`,
    )
  }
  if (output.includes(`reached-${word}`)) return
  throw new QuickstartError(
    'engine-refused',
    'Containers cannot reach this machine by host.docker.internal: does a firewall drop what comes from the Docker bridge?',
  )
}
