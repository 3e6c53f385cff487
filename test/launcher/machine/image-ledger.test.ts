import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { ImageLedger } from '../../../launcher/src/machine/image-ledger.ts'

async function world() {
  const directory = await mkdtemp(join(tmpdir(), 'ledger-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  let now = 0
  const ledger = () => new ImageLedger(directory, () => ++now)
  return { directory, ledger, file: join(directory, 'images.json') }
}

it('tells which images were not used for the longest time, and remembers it', async () => {
  const { ledger } = await world()
  const first = ledger()
  await first.pulled('sha256:a', 'a:1')
  await first.pulled('sha256:b', 'b:1')
  await first.used('a:1')
  expect(await ledger().leastRecent()).toEqual(['sha256:b', 'sha256:a'])
})

it('keeps the image that a tag has left as the older one', async () => {
  const { ledger } = await world()
  const one = ledger()
  await one.pulled('sha256:old', 'a:1')
  await one.pulled('sha256:new', 'a:1')
  await one.used('a:1')
  expect(await one.leastRecent()).toEqual(['sha256:old', 'sha256:new'])
  await one.removed('sha256:old')
  expect(await ledger().leastRecent()).toEqual(['sha256:new'])
})

it('notes nothing of an image that no run brought', async () => {
  const { ledger } = await world()
  const one = ledger()
  await one.used('there/before:1')
  expect(await one.leastRecent()).toEqual([])
})

it.each(['', '{', 'null', '[]', '{"sha256:a": 7, "sha256:b": {"names": "x", "usedAt": 1}}'])(
  'begins anew with a file that holds %j',
  async (text) => {
    const { ledger, file } = await world()
    await writeFile(file, text)
    const one = ledger()
    expect(await one.leastRecent()).toEqual([])
    await one.pulled('sha256:c', 'c:1')
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ 'sha256:c': { names: ['c:1'] } })
  },
)

it('goes on where nothing can be written', async () => {
  const one = new ImageLedger('/not/there', () => 1)
  await one.pulled('sha256:a', 'a:1')
  expect(await one.leastRecent()).toEqual(['sha256:a'])
})

it('forgets what was used longest ago beyond a thousand', async () => {
  const { ledger, file } = await world()
  const one = ledger()
  await Promise.all(Array.from({ length: 1010 }, (_, index) => one.pulled(`sha256:${index}`, `a:${index}`)))
  const kept = Object.keys(JSON.parse(await readFile(file, 'utf8')) as object)
  expect([kept.length, kept[0]]).toEqual([1000, 'sha256:10'])
})
