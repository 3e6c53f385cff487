import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WorkerFile } from '../../../launcher/src/control/worker-file.ts'
import { someWorker } from './channel-world.ts'

let directory: string
let file: WorkerFile
const registered = someWorker(ulid())
const { worker, session, pool } = registered

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'worker-file-'))
  file = new WorkerFile(directory)
})
afterEach(() => rm(directory, { recursive: true }))

describe('WorkerFile', () => {
  it('remembers who this launcher is', async () => {
    await file.write(registered)
    expect(await file.read(pool)).toEqual({ worker, session })
  })

  it('is for its owner only, and leaves nothing beside it', async () => {
    await file.write(registered)
    await file.write(registered)
    expect((await stat(join(directory, 'worker.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(directory)).toEqual(['worker.json'])
  })

  it('takes the place of a file that was half written beside it', async () => {
    await writeFile(join(directory, 'worker.json.new'), '{"wor', { mode: 0o644 })
    await file.write(registered)
    expect((await stat(join(directory, 'worker.json'))).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(join(directory, 'worker.json'), 'utf8'))).toEqual({ worker, session, pool })
  })

  it('knows nobody without a file, after its removal, and in another pool', async () => {
    expect(await file.read(pool)).toBeNull()
    await file.remove()
    await file.write(registered)
    expect(await file.read(ulid())).toBeNull()
    await file.remove()
    expect(await file.read(pool)).toBeNull()
  })

  it.each(['', 'rubbish', '{}', '{"worker":"x","session":"y","pool":"z"}', '[]'])(
    'knows nobody in a file of %j',
    async (text) => {
      await writeFile(join(directory, 'worker.json'), text)
      expect(await file.read(pool)).toBeNull()
    },
  )
})
