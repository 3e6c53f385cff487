import { describe, expect, inject, it } from 'vitest'
import { ThrowawayAuthority } from '../fakes/certificates.ts'
import { logOf, startTask } from '../system/runs.ts'
import { configMap } from './apply.ts'
import { over } from './control.ts'
import { pooled, prepare, presetFile } from './presets.ts'
import { askedOf, startWorld } from './world.ts'
import { Workers } from './workers.ts'

const account = 'ada:correct horse'
const { insecureRegistry, images } = inject('cluster')
const registry = insecureRegistry ?? ''
const runner = images.runner.replace(`${registry}/`, '')

/** Docker's config.json with the login of a registry, as a Secret that kubelets take too. */
function login(host: string): object {
  const config = { auths: { [host]: { auth: Buffer.from(account).toString('base64') } } }
  const type = 'kubernetes.io/dockerconfigjson'
  const stringData = { '.dockerconfigjson': JSON.stringify(config) }
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'registry' }, type, stringData }
}

// Without a registry that needs no TLS there is nothing that the world could pass on.
describe.runIf(insecureRegistry)('a preset whose world is beyond the cluster', () => {
  it('private-registry is installed, and its runner image is pulled with the login of its Secret', async () => {
    const name = 'preset-private-registry'
    const host = `world.${name}.svc.cluster.local:5000`
    const values = {
      ...pooled,
      // The images of pods are on the node: a kubelet asks only a registry with TLS that it knows.
      global: { imageRegistry: '' },
      launcher: { defaultRunnerImage: `${host}/${runner}` },
      dind: { insecureRegistries: [host] },
    }
    const before = async (workers: Workers) => {
      await startWorld(name, { registry, account })
      await prepare(workers, [login(host)])
    }
    await using workers = await Workers.install({ name, preset: presetFile('private-registry'), values, before })
    workers.shownIfTestFails()
    const run = await startTask(workers.people, await workers.stack('pulled'), 'echo from here')
    expect((await over(workers.people, run)).state).toBe('FINISHED')
    const asked = await askedOf(name)
    expect(asked).toMatch(/^401 GET \/v2\/$/m)
    expect(asked).toMatch(/^200 GET \/v2\/runner\/blobs\/sha256:/m)
  })

  it('proxy-with-own-ca is installed: launcher and daemon go through the proxy by its authority, which runs are given too', async () => {
    const name = 'preset-proxy'
    const authority = new ThrowawayAuthority()
    const identity = authority.issue({ name: 'images.example', hosts: ['images.example', 'tools.example'] })
    const address = `http://world.${name}.svc.cluster.local:3128`
    const values = {
      ...pooled,
      launcher: { defaultRunnerImage: `images.example/${runner}`, toolMirror: 'https://tools.example' },
      proxy: { httpProxy: address, httpsProxy: address },
    }
    const before = async (workers: Workers) => {
      await startWorld(name, { registry, identity })
      await prepare(workers, [configMap('corporate-authorities', { 'ca.crt': authority.certificate })])
    }
    await using workers = await Workers.install({ name, preset: presetFile('proxy-with-own-ca'), values, before })
    workers.shownIfTestFails()
    const task = 'echo "by $HTTPS_PROXY"; cat "${SSL_CERT_DIR#*:}/ca.crt"'
    const run = await startTask(workers.people, await workers.stack('proxied'), task)
    expect((await over(workers.people, run)).state).toBe('FINISHED')
    const log = await logOf(workers.people, run)
    expect(log).toContain(`by ${address}\n`)
    expect(log.replaceAll('\r', '')).toContain(authority.certificate.replaceAll('\r', '').trim())
    // The launcher takes the same way; that nothing is there is said by the server behind it.
    const stack = await workers.stack('tool', 'tool: { name: opentofu, version: 9.9.9 }')
    expect((await over(workers.people, await startTask(workers.people, stack, 'tofu version'))).state).toBe('FAILED')
    const asked = await askedOf(name)
    // Nobody else than the proxy knows where these names are.
    expect(asked).toMatch(/^200 GET \/v2\/runner\/blobs\/sha256:/m)
    expect(asked).toMatch(/^404 GET \/tofu_9\.9\.9/m)
  })
})
