import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// `npm test`: every gate, then every test, whatever failed before; the last line counts. Plain JavaScript, so that an old
// Node can say what is wrong.

const root = fileURLToPath(new URL('..', import.meta.url))
const programs = join(root, 'node_modules', '.bin')
const oldestNode = 24

/** One sentence on why nothing can be run here, or null. */
function obstacle() {
  const version = process.versions.node
  if (Number(version.split('.')[0]) < oldestNode) {
    return `The tests need Node ${oldestNode} or newer and this is ${version}: run \`npm ci && npm test\`, which brings it.`
  }
  return existsSync(programs) ? null : 'There is no node_modules here: run `npm ci` first.'
}

/** Runs a program of node_modules with our terminal; whether it succeeded. */
function succeeds(command, words) {
  const env = Object.assign({}, process.env, { PATH: programs + delimiter + process.env.PATH })
  return spawnSync(command, words, { cwd: root, env, stdio: 'inherit' }).status === 0
}

/** Runs the tests of a vitest project; how many passed and failed. A run that failed in another way counts as one more. */
function countTests(project, folder) {
  const report = join(folder, `${project}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const words = ['run', '--config', 'test/vitest.config.ts', '--project', project]
  const succeeded = succeeds('vitest', words.concat(reporters))
  const counted = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {}
  const failed = counted.numFailedTests || 0
  return { passed: counted.numPassedTests || 0, failed: succeeded || failed > 0 ? failed : 1 }
}

function main() {
  const folder = mkdtempSync(join(tmpdir(), 'spacelift-worker-tests-'))
  const total = { passed: 0, failed: 0 }
  try {
    for (const gate of ['format', 'lint', 'types']) {
      say(`\n== ${gate}`)
      if (succeeds('sh', ['ci/check', gate])) continue
      say(`${gate} failed`)
      total.failed += 1
    }
    for (const project of ['unit', 'chart', 'real']) {
      say(`\n== ${project} tests`)
      const { passed, failed } = countTests(project, folder)
      total.passed += passed
      total.failed += failed
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  say(`${total.passed} passed, ${total.failed} failed`)
  return total.failed === 0 && total.passed > 0 ? 0 : 1
}

function say(line) {
  process.stdout.write(`${line}\n`)
}

const why = obstacle()
if (why) process.stderr.write(`${why}\n`)
process.exitCode = why ? 1 : main()
