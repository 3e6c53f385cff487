import { homedir } from 'node:os'
import { join } from 'node:path'
import { isLock, takeLock } from '../../quickstart/processes/lock.ts'
import { cacheDirectory } from '../tools/cache.ts'
import { messageOf } from '../tools/errors.ts'
import { loadImages, startCluster, stopCluster } from './cluster.ts'
import { layoutOf } from './layout.ts'
import { ensureProgram, programs } from './programs.ts'

const usage = `Usage: node ci/cluster/main.ts COMMAND

  up ARCHIVE...    bring up a Kubernetes of one node with the images of these archives, and print its kubeconfig's path
  load ARCHIVE...  give it more images
  down             end it; nothing of it is left
  prepare          only build what up needs, once for this user; print the path of kubectl's program (its first word is kubectl)

An archive is what docker save writes. The first must hold the image of sandboxes, localhost/pause:1; test/cluster/images.ts makes all of them.
`

const [command = '', ...archives] = process.argv.slice(2)
const cache = cacheDirectory(process.env, homedir())
const layout = layoutOf(join(cache, 'cluster', 'node'))
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
const say = (line: string) => void process.stderr.write(`${line}\n`)
const building = { cache, env: process.env, say, signal: stop.signal }

const commands: Readonly<Record<string, () => Promise<string>>> = {
  up: async () => {
    await startCluster({ layout, images: archives, ...building })
    return layout.kubeconfig
  },
  load: async () => {
    for (const archive of archives) await loadImages(layout, archive, stop.signal)
    return ''
  },
  down: async () => {
    await stopCluster(layout)
    // Of a test run that was killed; one that goes on keeps it.
    const lock = await takeLock(layout.lock).catch(() => null)
    if (lock && isLock(lock)) await lock.release()
    return ''
  },
  prepare: async () => {
    for (const program of Object.values(programs)) await ensureProgram(program, building)
    return await ensureProgram(programs.kubernetes, building)
  },
}

const run = commands[command]
if (run) {
  try {
    const text = await run()
    if (text) process.stdout.write(`${text}\n`)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = 1
  }
} else {
  process.stderr.write(usage)
  process.exitCode = 2
}
