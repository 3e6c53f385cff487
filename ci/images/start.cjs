#!/usr/bin/env node
// Starts the program beside this file, out of V8's code cache if there is one: most of a start is compiling. A cache of another Node or of
// another program is refused by V8, and then the program is compiled as ever.
'use strict'
const { readFileSync } = require('node:fs')
const paths = require('node:path')
const { Script } = require('node:vm')

const file = __filename.replace(/\.cjs$/, '.js')
// The bundle is ASCII, and one byte a character in memory.
const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData: cacheOf(file) })
// Whoever makes the cache needs it.
exports.script = script
script.runInThisContext()(require, module, exports, file, paths.dirname(file))

function cacheOf(path) {
  try {
    return readFileSync(`${path}.cache`)
  } catch {
    return undefined
  }
}
