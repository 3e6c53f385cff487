import { once } from 'node:events'
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { LauncherError } from '../base/errors.ts'

/** Errors of a directory in which nothing can be made; a file system that only knows no sockets is not among them. */
const unwritable = ['EACCES', 'EROFS', 'ENOENT', 'ENOSPC', 'EDQUOT', 'ENOTDIR']

/**
 * Holds a directory for one launcher. A second one in the same directory would take the first for dead, become the same worker, and remove
 * its container. The lock is a listening socket: the kernel gives it up with the process, however that ends, and it works between containers
 * that share the directory, where process ids mean nothing.
 */
export class DirectoryLock {
  readonly #server: Server | null

  private constructor(server: Server | null) {
    this.#server = server
  }

  /**
   * Takes the lock, making the directory first if need be. Rejects with CONFIGURATION if another launcher has it, or if nothing can be written to the directory. Where the file
   * system knows no sockets, it holds nothing.
   */
  static async take(directory: string): Promise<DirectoryLock> {
    // By its descriptor, because the path of a socket may have 107 bytes only.
    const handle = await opened(directory)
    try {
      return new DirectoryLock(await listenAlone(`/proc/self/fd/${handle.fd}/lock`))
    } catch (error) {
      if (error instanceof Held || unwritable.includes(codeOf(error))) throw refused(directory, error)
      return new DirectoryLock(null)
    } finally {
      await handle.close()
    }
  }

  release(): void {
    this.#server?.close()
  }
}

async function opened(directory: string): Promise<FileHandle> {
  try {
    await mkdir(directory, { recursive: true })
    return await open(directory)
  } catch (error) {
    throw refused(directory, error)
  }
}

/** Another process listens. */
class Held extends Error {}

async function listenAlone(path: string): Promise<Server> {
  try {
    return await listen(path)
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error
  }
  if (await answers(path)) throw new Held()
  // Its owner is dead.
  await rm(path, { force: true })
  return listen(path)
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  server.listen(path)
  await once(server, 'listening')
  return server.unref()
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function refused(directory: string, cause: unknown): LauncherError {
  const why =
    cause instanceof Held ? `another launcher works in ${directory}` : `cannot write to ${directory} (${codeOf(cause)})`
  return new LauncherError('CONFIGURATION', `SPACELIFT_LAUNCHER_DIRECTORY: ${why}`, { cause })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
