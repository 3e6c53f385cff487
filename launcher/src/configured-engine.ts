import type { Config } from './config/options.ts'
import { DockerEngine } from './engine/docker-engine.ts'
import { registryAuth, type FindRegistryAuth } from './engine/registry-auth.ts'
import { outboundOf } from './outbound.ts'

/** The engine that the settings name, which pulls with the credentials that they name. */
export function configuredEngine(config: Config): DockerEngine {
  return new DockerEngine(config.engineAddress, { findAuth: configuredAuth(config) })
}

/** Finds the credentials of registries as the settings say. */
export function configuredAuth(config: Config): FindRegistryAuth {
  return registryAuth(config.dockerConfig, outboundOf(config))
}
