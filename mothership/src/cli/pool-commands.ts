import type { Command } from 'commander'
import { addCommand } from './command.ts'
import type { Io } from './io.ts'
import { addPoolCreate, addPoolReset } from './pool-making.ts'
import { addPoolReading } from './pool-reading.ts'
import { findPool } from './pools.ts'
import { done } from './session.ts'
import { poolFields, type Pool } from './shapes.ts'

interface Wish {
  readonly name?: string
  readonly description?: string
  readonly label?: readonly string[]
}

/** `pool create|list|show|update|reset|delete|cycle`. */
export function addPoolCommands(program: Command, io: Io): void {
  const pool = program.command('pool').summary('worker pools: a key and a token that workers share')
  pool.description('Worker pools. Workers of one pool share a private key, which never leaves you, and a token.')
  addPoolCreate(pool, io)
  addPoolReading(pool, io)
  addUpdate(pool, io)
  addPoolReset(pool, io)
  addEnding(pool, io)
}

function addUpdate(pool: Command, io: Io): void {
  addCommand<Wish>(pool, io, {
    usage: 'update <pool>',
    summary: 'change name, description or labels',
    about: 'What is not named stays as it is. --label replaces all labels.',
    options: [
      ['--name <name>', 'a new name'],
      ['--description <text>', 'a new description'],
      ['--label <label>', 'a label; may be given several times', 'repeated'],
    ],
    examples: ['pool update production --description "everything that earns money"'],
    run: async (session, { args: [named], options }) => {
      const before = await findPool(session, named)
      const { name = before.name, description = before.description, label: labels = before.labels } = options
      const { pool: after } = await session.api.ask<{ pool: Pool }>(
        `mutation($id: ID!, $name: String!, $description: String, $labels: [String!], $limit: Int) {
          pool: workerPoolUpdate(
            id: $id, name: $name, description: $description, labels: $labels, driftDetectionRunLimit: $limit
          ) { ${poolFields} } }`,
        { id: before.id, name, description, labels, limit: before.driftDetectionRunLimit },
      )
      await done(session, after, `Worker pool ${after.name} (${after.id}) was updated.`)
    },
  })
}

function addEnding(pool: Command, io: Io): void {
  addCommand(pool, io, {
    usage: 'delete <pool>',
    summary: 'delete a pool that has no stacks; its workers are refused from then on',
    examples: ['pool delete old'],
    run: async (session, { args: [named] }) => {
      const before = await findPool(session, named)
      await session.api.ask('mutation($id: ID!) { workerPoolDelete(id: $id) { id } }', { id: before.id })
      await done(session, before, `Worker pool ${before.name} (${before.id}) was deleted.`)
    },
  })
  addCommand(pool, io, {
    usage: 'cycle <pool>',
    summary: 'tell every worker of a pool to end its process',
    about:
      'A job in hand is interrupted so that its tool can end well, and its run fails: drain the workers before, to let jobs finish. ' +
      'What starts the workers (Kubernetes, systemd) starts them anew, for example with a new image.',
    examples: ['pool cycle production'],
    run: async (session, { args: [named] }) => {
      const found = await findPool(session, named)
      await session.api.ask('mutation($id: ID!) { workerPoolCycle(id: $id) }', { id: found.id })
      await done(session, found, `The workers of pool ${found.name} (${found.id}) were told to leave.`)
    },
  })
}
