import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { list } from 'tar'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { Stage } from './world.ts'

/** The archive that was uploaded: path and what a link points to or how long a file is. */
async function entriesOf(archive: Buffer | undefined): Promise<Record<string, string>> {
  const entries: Record<string, string> = {}
  const reader = list({
    onReadEntry: (entry) => void (entries[entry.path] = entry.linkpath ?? `${entry.type} ${entry.size}`),
  })
  await pipeline(Readable.from([archive ?? Buffer.alloc(0)]), reader)
  return entries
}

describe('stack apply', () => {
  it('packs the directory of the YAML with whatever names there are, and uploads it', async () => {
    await using stage = await Stage.start()
    const root = join(stage.directory, 'mein stack')
    mkdirSync(join(root, '.git'), { recursive: true })
    mkdirSync(join(root, 'modules/größe 1/.terraform'), { recursive: true })
    mkdirSync(join(root, 'empty'))
    writeFileSync(join(root, 'stack.yaml'), 'name: Mein Stack\n')
    writeFileSync(join(root, '.git/config'), 'x')
    writeFileSync(join(root, 'main.tf'), 'tf')
    writeFileSync(join(root, '.hidden'), '')
    writeFileSync(join(root, '@at'), '')
    writeFileSync(join(root, 'modules/größe 1/ünï cöde 🚀.tf'), 'abc')
    writeFileSync(join(root, 'modules/größe 1/.terraform/lock'), 'abc')
    symlinkSync('modules/größe 1', join(root, 'link'))
    symlinkSync('../../main.tf', join(root, 'modules/größe 1/up'))
    const { code, out, err } = await stage.run(['stack', 'apply', 'mein stack'])
    expect({ code, out }).toEqual({
      code: 0,
      out: 'Stack mein-stack was applied. Run it: spacelift-mothership run trigger mein-stack\n',
    })
    expect(err).toBe(`Uploading 9 files and directories, 5 B, of ${root}\n`)
    const [[id, archive] = []] = stage.world.uploads
    expect(stage.world.applied).toEqual([{ yaml: 'name: Mein Stack\n', source: id }])
    expect(await entriesOf(archive)).toEqual({
      './@at': 'File 0',
      '.hidden': 'File 0',
      'empty/': 'Directory 0',
      link: 'modules/größe 1',
      'main.tf': 'File 2',
      'modules/': 'Directory 0',
      'modules/größe 1/': 'Directory 0',
      'modules/größe 1/up': '../../main.tf',
      'modules/größe 1/ünï cöde 🚀.tf': 'File 3',
    })
  })

  it('names every link that leaves the directory, and uploads nothing', async () => {
    await using stage = await Stage.start()
    writeFileSync(join(stage.directory, 'stack.yaml'), 'name: x\n')
    symlinkSync('/etc/passwd', join(stage.directory, 'absolute'))
    symlinkSync('../other', join(stage.directory, 'relative'))
    symlinkSync('..data', join(stage.directory, 'fine'))
    const { code, out, err } = await stage.run(['stack', 'apply'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe(
      `${stage.directory} cannot be packed:\n  absolute: points out of the directory, to /etc/passwd\n  relative: points out of the directory, to ../other\n`,
    )
    expect(stage.world.uploads.size).toBe(0)
  })

  it('takes a YAML file, reads the files that it names, and uploads nothing for a source that is none', async () => {
    await using stage = await Stage.start()
    mkdirSync(join(stage.directory, 'sub'))
    writeFileSync(
      join(stage.directory, 'sub/net.yaml'),
      'name: net\nsource: none\nfiles:\n  - path: a\n    from: a.txt\n',
    )
    writeFileSync(join(stage.directory, 'sub/a.txt'), 'content')
    const { code, out } = await stage.run(['stack', 'apply', 'sub/net.yaml', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ id: 'net', tool: { name: 'opentofu' } })
    expect(stage.world.uploads.size).toBe(0)
    expect(stage.world.applied[0]?.yaml).not.toContain('from:')
  })

  it('says all that is wrong with the YAML, and all that is not there', async () => {
    await using stage = await Stage.start()
    expect(await stage.run(['stack', 'apply'])).toMatchObject({
      code: 1,
      err: `There is no stack.yaml or stack.yml in ${stage.directory}.\n`,
    })
    expect(await stage.run(['stack', 'apply', 'nope'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no file or directory'),
    })
    writeFileSync(join(stage.directory, 'stack.yml'), 'nmae: x\n')
    expect(await stage.run(['stack', 'apply'])).toMatchObject({
      code: 1,
      err: 'nmae: unknown key, did you mean name?\nname: is missing\n',
    })
    writeFileSync(join(stage.directory, 'stack.yml'), 'name: x\nsource: none\nfiles:\n  - from: gone.txt\n')
    expect(await stage.run(['stack', 'apply'])).toMatchObject({ code: 1, err: expect.stringContaining('gone.txt') })
  })
})

describe('stack', () => {
  it('list shows how each stands', async () => {
    await using stage = await Stage.start()
    stage.world.add({ state: 'UNCONFIRMED' })
    const { out } = await stage.run(['stack', 'list'])
    expect(out).toBe(
      [
        'ID       NAME     STATE        SINCE    TOOL             POOL         APPLIED',
        'network  Network  UNCONFIRMED  40s ago  opentofu 1.10.6  Küche & Bad  1m ago',
        '',
      ].join('\n'),
    )
  })

  it('show tells everything but secrets', async () => {
    await using stage = await Stage.start()
    const { out } = await stage.run(['stack', 'show', 'network'])
    expect(out).toBe(
      [
        'Stack         network',
        'Name          Network',
        'Labels        core',
        'State         NONE',
        'Tool          opentofu 1.10.6',
        'Source        https://example.com/acme/network.git at main',
        'Project root  infra',
        'Pool          Küche & Bad',
        'Confirmation  by a person',
        'State file    kept here',
        'Applied       1m ago',
        '',
        'VARIABLE  VALUE',
        'REGION    eu',
        'PASSWORD  (secret)',
        '',
      ].join('\n'),
    )
    const json = JSON.parse((await stage.run(['stack', 'show', 'network', '--json'])).out) as object
    expect(Object.keys(json)).toEqual([
      'id',
      'name',
      'description',
      'labels',
      'state',
      'stateSetAt',
      'autodeploy',
      'managesStateFile',
      'projectRoot',
      'runnerImage',
      'tool',
      'source',
      'workerPool',
      'blocker',
      'config',
      'createdAt',
      'updatedAt',
    ])
    expect(json).toMatchObject({
      config: [
        { id: 'REGION', value: 'eu' },
        { id: 'PASSWORD', value: null, writeOnly: true },
      ],
    })
    expect(await stage.run(['stack', 'show', 'nope'])).toEqual({ code: 3, out: '', err: 'There is no stack nope.\n' })
  })

  it('delete is a conflict while a run goes on', async () => {
    await using stage = await Stage.start()
    stage.world.add({})
    expect(await stage.run(['stack', 'delete', 'network'])).toMatchObject({
      code: 4,
      err: 'stack network has a run that is not over\n',
    })
    stage.world.runs.length = 0
    expect(await stage.run(['stack', 'delete', 'network'])).toMatchObject({
      code: 0,
      out: 'Stack network was deleted.\n',
    })
    expect(await stage.run(['stack', 'delete', 'network'])).toMatchObject({ code: 3 })
  })
})

describe('stack state', () => {
  it('is pushed from a file or standard input, listed, pulled and rolled back', async () => {
    await using stage = await Stage.start()
    writeFileSync(join(stage.directory, 'a.tfstate'), '{"a":"ä"}')
    expect(await stage.run(['stack', 'state', 'push', 'network', 'a.tfstate'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('serial 1'),
    })
    expect(await stage.run(['stack', 'state', 'push', 'network', '-'], { stdin: '{"b":2}' })).toMatchObject({ code: 0 })
    expect(await stage.run(['stack', 'state', 'pull', 'network'])).toEqual({ code: 0, out: '{"b":2}', err: '' })
    const versions = JSON.parse((await stage.run(['stack', 'state', 'list', 'network', '--json'])).out) as {
      id: string
    }[]
    expect(versions).toMatchObject([{ serial: 2 }, { serial: 1, lineage: 'l-1', run: null, rescued: false }])
    const old = versions[1]?.id ?? ''
    expect((await stage.run(['stack', 'state', 'pull', 'network', '--version', old])).out).toBe('{"a":"ä"}')
    expect(await stage.run(['stack', 'state', 'rollback', 'network', old])).toMatchObject({
      code: 0,
      out: expect.stringContaining('serial 3'),
    })
    expect(await stage.run(['stack', 'state', 'pull', 'network', '--out', 'out.tfstate'])).toEqual({
      code: 0,
      out: '',
      err: '',
    })
    expect(readFileSync(join(stage.directory, 'out.tfstate'), 'utf8')).toBe('{"a":"ä"}')
    expect(statSync(join(stage.directory, 'out.tfstate')).mode & 0o777).toBe(0o600)
    const { out } = await stage.run(['stack', 'state', 'list', 'network'])
    expect(out.split('\n')[0]).toBe('VERSION                     SERIAL  SIZE  WRITTEN  RUN')
  })

  it('that is locked is not pushed, and says by whom', async () => {
    await using stage = await Stage.start()
    stage.world.locks.set('network', {
      id: 'l',
      who: 'run 01J',
      operation: 'apply',
      run: '01J',
      at: stage.world.now - 5_000,
    })
    expect(await stage.run(['stack', 'state', 'push', 'network', '-'], { stdin: '{}' })).toMatchObject({ code: 4 })
    expect((await stage.run(['stack', 'state', 'list', 'network'])).err).toContain('locked by run 01J (apply, 5s ago)')
    expect((await stage.run(['stack', 'state', 'push', 'network', '-', '--force'], { stdin: '{}' })).code).toBe(0)
    expect((await stage.run(['stack', 'state', 'unlock', 'network'])).out).toBe(
      'The state of network was locked by run 01J (apply), and is not any more.\n',
    )
    expect(await stage.run(['stack', 'state', 'unlock', 'network', '--json'])).toEqual({
      code: 0,
      out: 'null\n',
      err: '',
    })
  })

  it('that is not kept is not found', async () => {
    await using stage = await Stage.start()
    expect(await stage.run(['stack', 'state', 'pull', 'network'])).toMatchObject({ code: 3, out: '' })
    expect(await stage.run(['stack', 'state', 'list', 'nope'])).toMatchObject({ code: 3 })
  })
})
