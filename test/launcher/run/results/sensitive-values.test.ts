import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sensitiveValues } from '../../../../launcher/src/run/results/sensitive-values.ts'

class Workspace implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'workspace-'))

  get outputs(): string {
    return join(this.path, '.spacelift-outputs.json')
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

it('finds the texts in sensitive outputs, however deep, and in no others', () => {
  using workspace = new Workspace()
  const outputs = {
    open: { sensitive: false, value: 'open' },
    word: { sensitive: true, value: 'word' },
    deep: { sensitive: true, value: { users: [{ name: 'ada', password: 'hunter2' }], port: 5432, none: null } },
    unsaid: { value: 'unsaid' },
  }
  writeFileSync(workspace.outputs, JSON.stringify(outputs))
  expect(sensitiveValues(workspace.path)).toEqual(['word', 'ada', 'hunter2', 'unsaid'])
})

it('finds none where there is no file, a link, or rubbish', () => {
  using workspace = new Workspace()
  expect(sensitiveValues(workspace.path)).toEqual([])
  for (const rubbish of ['', '[', 'null', '1', '{"a":1,"b":null}']) {
    writeFileSync(workspace.outputs, rubbish)
    expect(sensitiveValues(workspace.path)).toEqual([])
  }
  rmSync(workspace.outputs)
  writeFileSync(join(workspace.path, 'elsewhere'), '{"a":{"sensitive":true,"value":"secret"}}')
  symlinkSync('elsewhere', workspace.outputs)
  expect(sensitiveValues(workspace.path)).toEqual([])
})
