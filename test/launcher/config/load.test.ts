import { describe, expect, it } from 'vitest'
import { load } from '../../../launcher/src/config/load.ts'

const given = { SPACELIFT_TOKEN: 'the token', SPACELIFT_POOL_PRIVATE_KEY: 'the key' }

describe('load', () => {
  it('needs two settings and has defaults for the rest', () => {
    const { config, problems, warnings } = load(given)
    expect(problems).toEqual([])
    expect(warnings).toEqual([])
    expect(config?.token?.reveal()).toBe('the token')
    expect(config?.privateKey?.reveal()).toBe('the key')
    expect(config).toMatchObject({
      runTimeoutMs: 4_200_000,
      logsTimeoutMs: 420_000,
      engineAddress: 'unix:///var/run/docker.sock',
      defaultImage: 'public.ecr.aws/spacelift/runner-terraform:latest',
      network: 'bridge',
      runtime: null,
      memoryBytes: null,
      cpus: null,
      pids: 4096,
      directory: '/opt/spacelift',
      healthPort: 1986,
      toolMirror: null,
      logLevel: 'info',
      metadata: {},
    })
  })

  it('reads every setting', () => {
    const { config, problems } = load({
      ...given,
      SPACELIFT_LAUNCHER_RUN_TIMEOUT: '1h30m',
      SPACELIFT_LAUNCHER_LOGS_TIMEOUT: ' 1000s ',
      DOCKER_HOST: 'tcp://localhost:2375',
      SPACELIFT_DEFAULT_RUNNER_IMAGE: 'registry.example:5000/team/runner@sha256:0123',
      SPACELIFT_WORKER_NETWORK: 'my_net-1',
      SPACELIFT_WORKER_RUNTIME: 'runsc',
      SPACELIFT_WORKER_MEMORY: '2Gi',
      SPACELIFT_WORKER_CPUS: '1.5',
      SPACELIFT_WORKER_PIDS: '100',
      SPACELIFT_LAUNCHER_DIRECTORY: '/data//spacelift/',
      SPACELIFT_LAUNCHER_HEALTH_PORT: '0',
      SPACELIFT_LAUNCHER_TOOL_MIRROR: 'https://mirror.example/tools/',
      SPACELIFT_LAUNCHER_LOG_LEVEL: 'DEBUG',
      SPACELIFT_LAUNCHER_DISK_USAGE_THRESHOLD: '90%',
      SPACELIFT_LAUNCHER_EXIT_AFTER_JOBS: '1',
      SPACELIFT_LAUNCHER_EXIT_AFTER_IDLE: '10m',
      SPACELIFT_LAUNCHER_SPOT_NOTICE: 'AWS',
      SPACELIFT_LAUNCHER_ENGINE_MEMORY: '2Gi',
      DOCKER_TLS_VERIFY: '0',
      DOCKER_CERT_PATH: '/certs/',
    })
    expect(problems).toEqual([])
    expect(config).toMatchObject({
      diskUsageThreshold: 90,
      exitAfterJobs: 1,
      exitAfterIdleMs: 600_000,
      spotNotice: 'aws',
      engineMemoryBytes: 2 ** 31,
      // As for Docker's own client, anything is something.
      engineVerified: true,
      engineCertificates: '/certs',
    })
    expect(config).toMatchObject({
      runTimeoutMs: 5_400_000,
      logsTimeoutMs: 1_000_000,
      engineAddress: 'tcp://localhost:2375',
      defaultImage: 'registry.example:5000/team/runner@sha256:0123',
      network: 'my_net-1',
      runtime: 'runsc',
      memoryBytes: 2_147_483_648,
      cpus: 1.5,
      pids: 100,
      directory: '/data/spacelift',
      healthPort: 0,
      toolMirror: 'https://mirror.example/tools',
      logLevel: 'debug',
    })
  })

  it('keeps the case of metadata keys', () => {
    const { config } = load({
      ...given,
      SPACELIFT_METADATA_instance_id: 'i-1',
      SPACELIFT_METADATA_Zone: 'b',
      SPACELIFT_METADATA_: 'x',
    })
    expect(config?.metadata).toEqual({ instance_id: 'i-1', Zone: 'b' })
  })

  it('takes an empty variable for one that is not set', () => {
    expect(load({ ...given, SPACELIFT_LAUNCHER_RUN_TIMEOUT: '', SPACELIFT_METADATA_zone: '' }).config).toMatchObject({
      runTimeoutMs: 4_200_000,
      metadata: {},
    })
    expect(load({ ...given, SPACELIFT_TOKEN: ' ' }).problems).toEqual([
      'SPACELIFT_TOKEN is not set, and neither is SPACELIFT_TOKEN_FILE. Token of the worker pool, as it was given when the pool was made.',
    ])
  })

  it('takes a file in place of either text, and refuses both ways at once', () => {
    const files = { SPACELIFT_TOKEN_FILE: '/run//token', SPACELIFT_POOL_PRIVATE_KEY: 'the key' }
    expect(load(files).config).toMatchObject({ token: null, tokenFile: '/run/token', privateKeyFile: null })
    expect(load({ ...given, ...files }).problems).toEqual([
      'SPACELIFT_TOKEN and SPACELIFT_TOKEN_FILE are both set: expected one of them',
    ])
    expect(load({ ...given, SPACELIFT_TOKEN: '', SPACELIFT_TOKEN_FILE: 'token' }).problems).toEqual([
      'SPACELIFT_TOKEN_FILE: expected an absolute path such as /var/run/secrets/spacelift/token, got "token"',
    ])
  })

  it.each([
    ['SPACELIFT_LAUNCHER_POD_NAME', 'Pod_0', 'a name of at most 253 lower-case letters, digits, dashes and dots'],
    ['SPACELIFT_LAUNCHER_DRAIN_TIMEOUT', '0s', 'a duration above zero and up to 500h, such as 70m, 1h30m or 1000s'],
    ['SPACELIFT_LAUNCHER_RUN_TIMEOUT', '70', 'a duration above zero and up to 500h, such as 70m, 1h30m or 1000s'],
    [
      'SPACELIFT_LAUNCHER_LOGS_TIMEOUT',
      'seven minutes',
      'a duration above zero and up to 500h, such as 70m, 1h30m or 1000s',
    ],
    [
      'DOCKER_HOST',
      '/var/run/docker.sock',
      'unix:///path/to/docker.sock or tcp://host:port (not ssh://, of which ssh -L makes such a socket)',
    ],
    [
      'DOCKER_HOST',
      'ssh://host',
      'unix:///path/to/docker.sock or tcp://host:port (not ssh://, of which ssh -L makes such a socket)',
    ],
    ['SPACELIFT_DEFAULT_RUNNER_IMAGE', 'two words', 'an image reference such as registry.example/team/runner:1.2'],
    ['SPACELIFT_LAUNCHER_PULL_POLICY', 'IfPresent', 'one of always, if-not-present, never'],
    ['SPACELIFT_WORKER_NETWORK', 'container:other', 'a name of letters, digits, dots, dashes and underscores'],
    ['SPACELIFT_WORKER_RUNTIME', '../runc', 'a name of letters, digits, dots, dashes and underscores'],
    ['SPACELIFT_WORKER_MEMORY', '2 gigabytes', 'a number of bytes, at least 6Mi, such as 536870912, 512Mi or 2Gi'],
    ['SPACELIFT_WORKER_CPUS', 'all', 'a number of processors from 0.01 to 1024, such as 2, 1.5 or 500m'],
    ['SPACELIFT_WORKER_PIDS', '-1', 'a whole number from 16 to 4194304'],
    ['SPACELIFT_LAUNCHER_DIRECTORY', 'spacelift', 'an absolute path such as /opt/spacelift'],
    ['SPACELIFT_LAUNCHER_HEALTH_PORT', '65536', 'a port from 0 to 65535, where 0 means any free one'],
    ['SPACELIFT_LAUNCHER_TOOL_MIRROR', 'ftp://mirror', 'an http(s) URL or an absolute path'],
    ['SPACELIFT_LAUNCHER_DISK_USAGE_THRESHOLD', '0.9', 'a percentage from 1 to 100, such as 90'],
    ['SPACELIFT_LAUNCHER_DISK_USAGE_THRESHOLD', '0', 'a percentage from 1 to 100, such as 90'],
    ['SPACELIFT_LAUNCHER_EXIT_AFTER_JOBS', '0', 'a whole number from 1 to 1000000'],
    ['SPACELIFT_LAUNCHER_SPOT_NOTICE', 'ibm', 'aws, gcp, azure, an http(s) URL, or an absolute path of a file'],
    ['SPACELIFT_LAUNCHER_LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace'],
  ])('says what is wrong with %s', (name, text, expected) => {
    const { config, problems } = load({ ...given, [name]: text })
    expect(config).toBeNull()
    expect(problems).toEqual([`${name}: expected ${expected}, got ${JSON.stringify(text)}`])
  })

  it('names the member of a family that is wrong', () => {
    const { problems } = load({
      ...given,
      SPACELIFT_METADATA_a: 'x'.repeat(4097),
      SPACELIFT_METADATA_b: 'y'.repeat(5000),
    })
    expect(problems.map((problem) => problem.slice(0, 40))).toEqual([
      'SPACELIFT_METADATA_a: expected a text of',
      'SPACELIFT_METADATA_b: expected a text of',
    ])
  })

  it('names the entry of a list that is wrong', () => {
    const lists = {
      SPACELIFT_WHITELIST_ENVS: 'GOOD,ro_,A-B',
      SPACELIFT_MASK_ENVS: ' , ,1X',
      SPACELIFT_LAUNCHER_ALLOWED_IMAGE_HOSTS: 'docker.io, https://registry.example',
    }
    expect(load({ ...given, ...lists }).problems.map((problem) => problem.replace(/expected .*, got/, 'got'))).toEqual([
      'SPACELIFT_LAUNCHER_ALLOWED_IMAGE_HOSTS: got "https://registry.example"',
      'SPACELIFT_WHITELIST_ENVS: got "ro_"',
      'SPACELIFT_MASK_ENVS: got "1X"',
    ])
  })

  it('wants certificates where TLS is insisted on', () => {
    const secure = { ...given, DOCKER_TLS_VERIFY: '1', DOCKER_HOST: 'tcp://docker:2376' }
    expect(load(secure).problems).toEqual([
      'DOCKER_TLS_VERIFY is set, and DOCKER_CERT_PATH is not: expected a directory with ca.pem, cert.pem and key.pem',
    ])
    expect(load({ ...secure, DOCKER_CERT_PATH: '/certs' }).problems).toEqual([])
    // A socket needs none, as for Docker's own client.
    expect(load({ ...secure, DOCKER_HOST: 'unix:///x.sock' }).problems).toEqual([])
  })

  it('reports all problems together, and keeps what could be read', () => {
    const { config, problems, values } = load({
      SPACELIFT_TOKEN: 'the token',
      SPACELIFT_WORKER_PIDS: 'x',
      DOCKER_HOST: 'y',
    })
    expect(config).toBeNull()
    expect(problems.map((problem) => problem.split(/[: ]/)[0])).toEqual([
      'SPACELIFT_POOL_PRIVATE_KEY',
      'DOCKER_HOST',
      'SPACELIFT_WORKER_PIDS',
    ])
    expect(values.token?.reveal()).toBe('the token')
  })
})
