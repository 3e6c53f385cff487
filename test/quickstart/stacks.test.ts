import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { tools } from '../../ci/tools/tools.ts'

const folder = new URL('../../quickstart/stacks/', import.meta.url)
const names = readdirSync(folder)

interface StackFile {
  readonly name: string
  readonly tool: string | { readonly name: string; readonly version: string }
}

it.each(names)('the example %s has the name of its folder, and a tool that is pinned', (name) => {
  const stack = parse(readFileSync(new URL(`${name}/stack.yaml`, folder), 'utf8')) as StackFile
  expect(stack.name).toBe(name)
  if (typeof stack.tool === 'string') expect(stack.tool).toBe('custom')
  else expect(tools).toContainEqual(expect.objectContaining(stack.tool))
})
