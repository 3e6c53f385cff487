import { startPrivateEngine } from '../../../quickstart/engine/private-engine.ts'
import { runContainer } from '../../../quickstart/engine/run-container.ts'
import { makeRunnerImage } from '../../../quickstart/runner-image/runner-image.ts'

// Starts the private engine of a directory, makes the runner image, says `ready`, runs a container in it and waits to be killed.
const { signal } = new AbortController()
const log = () => undefined
const engine = await startPrivateEngine({ directory: process.argv[2] ?? '', signal, log, env: process.env })
const { socket } = engine
const image = await makeRunnerImage({ socket, cache: '/nowhere', env: process.env, say: log, signal })
void runContainer(socket, { image, script: 'sleep 600', binds: [], signal })
process.stdout.write('ready\n')
setInterval(() => undefined, 60_000)
