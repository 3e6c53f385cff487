import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runGo } from '../../../ci/tools/go.ts'

it('builds a program on a machine without Go', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'go-'))
  try {
    await writeFile(join(directory, 'go.mod'), 'module hello\n')
    await writeFile(join(directory, 'main.go'), 'package main\n\nfunc main() { println("hello") }\n')
    const env = { ...process.env, PATH: join(directory, 'none'), GOFLAGS: '-mod=mod', CGO_ENABLED: '0' }
    const options = { cwd: directory, cache: join(directory, 'cache'), env, signal: new AbortController().signal }
    expect(await runGo(['version'], options)).toContain('go1.26.8')
    await runGo(['build', '-o', 'hello', '.'], options)
    expect(await runGo(['version', 'hello'], options)).toContain('hello: go1.26.8')
  } finally {
    await rm(directory, { recursive: true })
  }
})
