import { access, mkdir, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cacheDirectory } from '../../ci/tools/cache.ts'
import { runCommand } from '../../ci/tools/command.ts'
import { buildModule } from '../../ci/tools/go-build.ts'
import type { Tool } from '../../ci/tools/tools.ts'

const version = '0.13.1'

/** A provider whose resources are nowhere but in the state: https://registry.terraform.io/providers/hashicorp/time */
const provider: Tool = {
  name: 'provider-time',
  title: 'The provider time',
  version,
  binary: `terraform-provider-time_v${version}`,
  versionArguments: [],
  versionPattern: /^/,
  release: null,
  module: { package: 'github.com/hashicorp/terraform-provider-time', linkerFlags: '-s -w' },
}

/**
 * Puts the provider into a mirror on the file system, as `filesystem_mirror` of OpenTofu reads one: packed, so that whoever installs it
 * unpacks a copy. It is built once for a machine.
 */
export async function placeTimeProvider(mirror: string, signal: AbortSignal): Promise<void> {
  const cache = cacheDirectory(process.env, homedir())
  const folder = join(cache, 'tools', provider.name, version)
  const file = join(folder, provider.binary)
  await access(file).catch(async () => {
    await mkdir(folder, { recursive: true })
    const fresh = `${file}.${crypto.randomUUID()}`
    await buildModule(provider, fresh, { folder, cache, env: process.env, signal, note: () => undefined })
    await rename(fresh, file)
  })
  const place = join(mirror, 'registry.opentofu.org/hashicorp/time')
  await mkdir(place, { recursive: true })
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const archive = join(place, `terraform-provider-time_${version}_linux_${architecture}.zip`)
  // Python's keeps the mode of the executable.
  await runCommand('python3', ['-m', 'zipfile', '-c', archive, provider.binary], {
    cwd: folder,
    env: process.env,
    signal,
  })
}
