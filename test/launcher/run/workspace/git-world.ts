import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchGit } from '../../../../launcher/src/run/workspace/git.ts'
import type { GitOptions, GitSource } from '../../../../launcher/src/run/workspace/git/source.ts'
import { commitFiles } from '../../../system/git-server.ts'

/** Repositories to fetch from, and a place to fetch them to. */
export class GitWorld implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'git-world-'))
  readonly forge = join(this.root, 'forge')
  #places = 0

  /** The directory that was fetched into last. */
  get into(): string {
    return join(this.root, `place-${this.#places}`, 'source')
  }

  commit(repository: string, files: Readonly<Record<string, string>>): Promise<string> {
    return commitFiles(join(this.forge, repository), files)
  }

  /** Makes a submodule of another address, and commits it; answers the commit. */
  async addSubmodule(
    repository: string,
    path: string,
    { url, commit }: { url: string; commit: string },
  ): Promise<string> {
    const cwd = join(this.forge, repository)
    const git = (...words: string[]) => execFileSync('git', words, { cwd })
    git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`)
    git('config', '-f', '.gitmodules', `submodule.${path}.path`, path)
    git('config', '-f', '.gitmodules', `submodule.${path}.url`, url)
    mkdirSync(join(cwd, path), { recursive: true })
    git('add', '.gitmodules')
    git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'a submodule')
    return git('rev-parse', 'HEAD').toString().trim()
  }

  /** Fetches into a new place; answers null, or the failure. */
  async fetch(
    source: Partial<GitSource> & { readonly url: string },
    options: Partial<GitOptions> = {},
  ): Promise<unknown> {
    this.#places += 1
    mkdirSync(this.into, { recursive: true })
    const all = { into: this.into, signal: new AbortController().signal, ...options }
    return await fetchGit({ kind: 'git', ref: null, commit: null, ...source }, all).then(
      () => null,
      (error: unknown) => error,
    )
  }

  read(path: string): string | null {
    const file = join(this.into, path)
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  }

  /** Every file of the last place that holds a text, the place's neighbours included. */
  holding(text: string): string[] {
    const place = join(this.into, '..')
    return readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
      .map((entry) => join(entry.parentPath, entry.name))
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** Processes but this one whose arguments or environment hold a text. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return []
    return ['cmdline', 'environ'].flatMap((kind) => {
      const content = contentOf(`/proc/${pid}/${kind}`)
      return content.includes(text) ? [`${kind} of ${contentOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`] : []
    })
  })
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
