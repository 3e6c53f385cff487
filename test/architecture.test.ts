import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

/*
 * The tree's rules, as ARCHITECTURE.md draws them. A room is a folder below a program's src/; `main` are the files directly in src/,
 * where a program is built by hand. A new room or arrow is a line here, and a reason in ARCHITECTURE.md.
 */

interface Rooms {
  /** For each room, the rooms of the same program that it may import. */
  readonly arrows: Readonly<Record<string, readonly string[]>>
  /** Files of interfaces and the types that these are made of, whose types every room may import: who calls declares, who serves implements. */
  readonly seams: readonly RegExp[]
  /** For each library, the only rooms that import it. */
  readonly libraries: Readonly<Record<string, readonly string[]>>
}

const launcher: Rooms = {
  seams: [],
  arrows: {
    base: [],
    run: ['base'],
    logs: ['base'],
    lifecycle: ['base'],
    identity: ['base'],
    kubernetes: ['base'],
    machine: ['base'],
    config: ['base', 'run'],
    engine: ['base', 'run'],
    tools: ['base', 'run'],
    policy: ['base', 'run'],
    control: ['base', 'run'],
  },
  libraries: {
    pino: ['base'],
    mqtt: ['control'],
    ws: ['control'],
    dockerode: ['engine'],
    '@aws-sdk/client-ecr': ['engine'],
    execa: ['engine', 'policy', 'run'],
    'prom-client': ['lifecycle'],
    tar: ['run'],
    ulid: ['run', 'main'],
    yaml: ['tools'],
    openpgp: ['tools'],
    semver: ['tools'],
  },
}

const mothership: Rooms = {
  seams: [
    /^(api|graphql)\/((state|result)-)?services\.ts$/,
    /^objects\/objects\.ts$/,
    /^store\/store\.ts$/,
    /^[a-z]+\/(source-)?table\.ts$/,
    /^stacks\/snapshot\.ts$/,
    /^runs\/states\.ts$/,
  ],
  arrows: {
    base: [],
    store: ['base'],
    objects: ['base'],
    secrets: ['base'],
    pools: ['base', 'secrets'],
    workers: ['base', 'secrets'],
    stacks: ['base', 'secrets'],
    statefiles: ['base', 'secrets'],
    results: ['base', 'secrets'],
    runs: ['base', 'stacks', 'workers'],
    broker: ['base'],
    api: ['base'],
    graphql: ['base'],
    serve: ['base'],
    cli: ['base'],
  },
  libraries: {
    pino: ['base'],
    kysely: ['store'],
    'node:sqlite': ['store'],
    aedes: ['broker'],
    ws: ['broker'],
    fastify: ['api', 'graphql', 'statefiles'],
    graphql: ['graphql'],
    'node-forge': ['pools'],
    yaml: ['stacks'],
    commander: ['cli', 'main'],
    undici: ['cli'],
    tar: ['cli'],
    ulid: ['main'],
  },
}

const root = new URL('..', import.meta.url).pathname
const sources = globSync('{protocol,launcher,mothership,quickstart,ci}/**/*.ts', {
  cwd: root,
  exclude: ['**/node_modules/**'],
})
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

interface Import {
  readonly to: string
  /** Nothing of it is there when the program runs. */
  readonly typeOnly: boolean
}

function importsOf(file: string): Import[] {
  const found = textOf(file).matchAll(
    /^(?:import|export) (type )?([^'"]*?)from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gms,
  )
  return [...found].map(([, type, names = '', from, bare, dynamic]) => ({
    to: from ?? bare ?? dynamic ?? '',
    typeOnly: type !== undefined || /^\{(\s*type \w+( as \w+)?,?)+\s*\}\s*$/.test(names),
  }))
}

/** `launcher/src/run/slot.ts` is in room `run` of `launcher`; `launcher/src/main.ts` in room `main`. */
function roomOf(file: string): { program: string; room: string } {
  const [program = '', ...path] = file.split('/')
  if (path[0] !== 'src') return { program, room: '' }
  return { program, room: path.length > 2 ? (path[1] ?? '') : 'main' }
}

function breaches(program: string, rooms: Rooms): string[] {
  return sources
    .filter((file) => file.startsWith(`${program}/src/`))
    .flatMap((file) => importsOf(file).flatMap((what) => breach({ file, what, rooms })))
}

function breach({ file, what, rooms }: { file: string; what: Import; rooms: Rooms }): string[] {
  if (!what.to.startsWith('.')) return foreign({ file, to: what.to, rooms })
  const { program, room } = roomOf(file)
  const path = relative(root, join(root, dirname(file), what.to))
  // A program says its version by its package's; a bundler puts the number in place.
  if (path.startsWith('protocol/') || (path === 'package.json' && room === 'main')) return []
  if (roomOf(path).program !== program) return [`${file} imports ${path}`]
  return mayImport({ room, path, what, rooms }) ? [] : [`${file} imports ${path}`]
}

function mayImport({ room, path, what, rooms }: { room: string; path: string; what: Import; rooms: Rooms }): boolean {
  const target = roomOf(path).room
  if (room === 'main' || target === room || rooms.arrows[room]?.includes(target)) return true
  return what.typeOnly && rooms.seams.some((seam) => seam.test(path.replace(/^\w+\/src\//, '')))
}

function foreign({ file, to, rooms }: { file: string; to: string; rooms: Rooms }): string[] {
  const library = Object.keys(rooms.libraries).find((name) => to === name || to.startsWith(`${name}/`))
  if (library) return rooms.libraries[library]?.includes(roomOf(file).room) ? [] : [`${file} imports ${library}`]
  return to.startsWith('node:') ? [] : [`${file} imports ${to}, which no room owns`]
}

describe('architecture', () => {
  it('lets the launcher import only along its arrows', () => expect(breaches('launcher', launcher)).toEqual([]))
  it('lets the mothership import only along its arrows', () => expect(breaches('mothership', mothership)).toEqual([]))

  it('lets protocol import nothing of ours, and quickstart neither program', () => {
    const upward = sources
      .filter((file) => /^(protocol|quickstart)\//.test(file))
      .flatMap((file) =>
        importsOf(file).map(({ to }) => ({ file, target: to.startsWith('.') ? join(dirname(file), to) : '' })),
      )
      .filter(
        ({ file, target }) =>
          /^(launcher|mothership)\//.test(target) ||
          (file.startsWith('protocol/') && /^[a-z]/.test(target) && !target.startsWith('protocol/')),
      )
    expect(upward).toEqual([])
  })

  it('keeps every source file within 200 lines', () => {
    expect(sources.filter((file) => textOf(file).split('\n').length > 201)).toEqual([])
  })

  it('keeps no state in modules', () => {
    expect(sources.filter((file) => /^(export )?(let|var) /m.test(textOf(file)))).toEqual([])
  })

  it('touches process in main.ts alone', () => {
    const touching = sources.filter((file) =>
      /(?<![\w.'])process\.(env|argv|exit|exitCode|on|once|stdout|stderr|stdin|kill)\b/.test(textOf(file)),
    )
    expect(touching.filter((file) => !/(^|\/)main\.ts$/.test(file) && !file.startsWith('ci/'))).toEqual([])
  })
})
