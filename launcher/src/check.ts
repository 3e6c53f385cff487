import { tmpdir } from 'node:os'
import { ulid } from 'ulid'
import { openConfigured } from './attached-policy.ts'
import { makeLogger } from './base/log.ts'
import { directorySays, noticeSays } from './check-machine.ts'
import { groupedSettings, type SettingsGroup } from './config/resolved.ts'
import type { Env } from './config/option.ts'
import type { Config } from './config/options.ts'
import { configuredAddress, configuredAuth } from './configured-engine.ts'
import { probeApi, probeBroker } from './control/probe.ts'
import { DockerEngine } from './engine/docker-engine.ts'
import { askRegistry } from './engine/registry.ts'
import type { Credentials } from './identity/credentials.ts'
import { ownPod } from './kubernetes/own-pod.ts'
import { PodApi } from './kubernetes/pod-api.ts'
import { apiEndpointOf, controlIdentityOf, outboundOf, withProxies } from './outbound.ts'
import { noticeBoard } from './notice-board.ts'
import { readSettings, type Origin } from './settings.ts'

export interface CheckOptions {
  readonly env: Env
  readonly version: string
  /** The directory of the launcher's program, where opa may be; missing: it is not looked for there. */
  readonly beside?: string
  /** The settings only. */
  readonly offline: boolean
  /** Also asks the registry for the image of jobs whose stack names none. */
  readonly image: boolean
}

/** Something that a launcher depends on, and whether it is there. */
export interface FarEnd {
  readonly name: 'directory' | 'engine' | 'api' | 'broker' | 'pod' | 'notice' | 'image' | 'policy'
  readonly address: string
  readonly ok: boolean
  /** False: a launcher works without it. */
  readonly needed: boolean
  /** What it answered, or why it is not there. */
  readonly detail: string
  readonly ms: number
}

export interface CheckReport {
  readonly version: string
  readonly ok: boolean
  readonly settings: readonly SettingsGroup[]
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
  /** Null: token and key cannot be used. */
  readonly identity: { readonly pool: string; readonly certificateUntil: string } | null
  readonly farEnds: readonly FarEnd[]
}

/** A far end that is silent for so long is not there. */
const patienceMs = 15_000

/** What a launcher with this environment would work with, and whether it could. Changes nothing anywhere. */
export async function check(options: CheckOptions): Promise<CheckReport> {
  const { version, offline } = options
  const env = withProxies(options.env)
  const { usable, origin, warnings, problems } = await readSettings(env, Date.now())
  const farEnds = usable && !offline ? await Promise.all(probes(usable, options)) : []
  return {
    version,
    ok: problems.length === 0 && farEnds.every(({ ok, needed }) => ok || !needed),
    settings: groupedSettings(env, filesOf(origin)),
    warnings,
    problems,
    identity: usable && identityOf(usable.credentials),
    farEnds,
  }
}

function filesOf({ source, inUse: { texts } }: Origin): Map<string, { text: string; file: string }> {
  const read = [
    { name: 'SPACELIFT_TOKEN', text: texts.token, file: source.token.file },
    { name: 'SPACELIFT_POOL_PRIVATE_KEY', text: texts.privateKey, file: source.privateKey.file },
  ]
  return new Map(
    read.flatMap(({ name, text, file }) => (text !== null && file !== null ? [[name, { text, file }]] : [])),
  )
}

function identityOf({ token, expiresAt }: Credentials) {
  return { pool: token.pool.id, certificateUntil: new Date(expiresAt).toISOString() }
}

function probes(
  { config, credentials }: { readonly config: Config; readonly credentials: Credentials },
  options: CheckOptions,
): Promise<FarEnd>[] {
  const { env, image } = options
  const { broker } = credentials.token
  const api = apiEndpointOf(config, credentials.token)
  const about = { identity: controlIdentityOf(config, credentials), stranger: ulid(), proxy: outboundOf(config).proxy }
  const { engineAddress, directory, defaultImage, policyFile, spotNotice } = config
  const pod = ownPod(config, env)
  const brokerSays = async (signal: AbortSignal) => {
    await probeBroker({ ...about, endpoint: broker.endpoint, signal })
    return "answers to the pool's certificate"
  }
  return [
    probe('directory', directory, () => directorySays(config)),
    probe('engine', engineAddress, (signal) => engineSays(config, signal)),
    probe('api', api, async (signal) => {
      await probeApi({ ...about, endpoint: api, rings: config.transport === 'poll', signal })
      return "takes the pool's certificate"
    }),
    // Who asks for rings over HTTPS needs no broker.
    ...(config.transport === 'poll' ? [] : [probe('broker', broker.endpoint, brokerSays)]),
    ...(pod ? [probe('pod', `${pod.namespace}/${pod.name}`, (signal) => podSays(new PodApi(pod), signal))] : []),
    ...(spotNotice === null
      ? []
      : [probe('notice', noticeBoard(spotNotice).name, (signal) => noticeSays(spotNotice, signal))]),
    ...(image ? [probe('image', defaultImage, (signal) => imageSays(config, signal))] : []),
    ...(policyFile === null ? [] : [probe('policy', policyFile, () => policySays(policyFile, config, options))]),
  ]
}

async function probe(
  name: FarEnd['name'],
  address: string,
  ask: (signal: AbortSignal) => Promise<string>,
): Promise<FarEnd> {
  const begun = performance.now()
  const about = { name, address, needed: name !== 'pod' && name !== 'notice' }
  const ms = () => Math.round(performance.now() - begun)
  try {
    const detail = await ask(AbortSignal.timeout(patienceMs))
    return { ...about, ok: true, detail, ms: ms() }
  } catch (error) {
    const silent = error instanceof Error && error.name === 'TimeoutError'
    const why = silent ? `no answer within ${patienceMs / 1000} s` : error instanceof Error ? error.message : 'failed'
    return { ...about, ok: false, detail: why, ms: ms() }
  }
}

async function engineSays(config: Config, signal: AbortSignal): Promise<string> {
  const engine = new DockerEngine(configuredAddress(config))
  const { version, apiVersion, storageDriver, cgroupVersion } = await engine.info(signal)
  const by = config.engineCertificates !== null && config.engineAddress.startsWith('tcp:') ? ', verified by TLS' : ''
  return `Docker ${version}, API ${apiVersion}, ${storageDriver}, cgroup ${cgroupVersion}${by}`
}

async function policySays(path: string, config: Config, options: CheckOptions): Promise<string> {
  const log = makeLogger({ level: 'fatal' })
  const { compiled } = await openConfigured(path, config, {
    beside: '',
    ...options,
    log,
    places: [tmpdir(), config.directory],
    sampled: () => {},
  })
  return `opa accepts it as Rego ${compiled.language}`
}

async function podSays(api: PodApi, signal: AbortSignal): Promise<string> {
  await api.read(signal)
  return 'can be read'
}

async function imageSays(config: Config, signal: AbortSignal): Promise<string> {
  const registry = { address: configuredAddress(config), findAuth: configuredAuth(config) }
  return `the registry has it: ${await askRegistry(registry, config.defaultImage, signal)}`
}
