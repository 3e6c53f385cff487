import type { Clock } from './base/clock.ts'
import type { Config } from './config/options.ts'
import type { EngineAddress } from './engine/dialer.ts'
import { DockerStore } from './engine/docker-store.ts'
import { KeptEngine } from './engine/kept-engine.ts'
import { registryAuth, type FindRegistryAuth } from './engine/registry-auth.ts'
import { ImageLedger } from './machine/image-ledger.ts'
import { outboundOf } from './outbound.ts'
import type { Engine } from './run/engine.ts'

/** The engine that the settings name, and what is known of its disk. */
export interface ConfiguredEngine {
  readonly engine: Engine
  /** What it keeps on its disk, and which of its images runs brought; null: nothing is known of that. */
  readonly images: { readonly store: DockerStore; readonly ledger: ImageLedger } | null
}

/** The engine that the settings name, which pulls with the credentials that they name. */
export function configuredEngine(config: Config, clock: Clock): ConfiguredEngine {
  const address = configuredAddress(config)
  const store = new DockerStore(address)
  const ledger = new ImageLedger(config.directory, () => clock.now())
  const { engineMemoryBytes: memoryBytes } = config
  const engine = new KeptEngine(address, { findAuth: configuredAuth(config), store, notes: ledger, memoryBytes, clock })
  return { engine, images: { store, ledger } }
}

/** Where the engine of the settings is, and by what it is reached. */
export function configuredAddress({ engineAddress, engineCertificates }: Config): EngineAddress {
  return { address: engineAddress, certificates: engineCertificates }
}

/** Finds the credentials of registries as the settings say. */
export function configuredAuth(config: Config): FindRegistryAuth {
  return registryAuth(config.dockerConfig, outboundOf(config))
}
