// `node --predictable --random-seed=1 ci/images/code-cache.cjs PROGRAM.cjs`: writes the code cache of a bundle, by the Node that is to start it.
// The two flags make it the same each time; V8 leaves them out of what a cache must agree in, for this very purpose.
'use strict'
const { rmSync, writeFileSync } = require('node:fs')
const paths = require('node:path')

const [node, , program] = process.argv
const cache = paths.resolve(program).replace(/\.cjs$/, '.js.cache')
rmSync(cache, { force: true })
// Without any settings a program loads all of itself, complains, and ends: what it has compiled by then is what a start needs.
process.argv = [node, program]
process.env = {}
process.stdout.write = process.stderr.write = () => true
process.once('exit', () => {
  writeFileSync(cache, started.script.createCachedData())
  process.exitCode = 0
})
const started = require(paths.resolve(program))
