import { expect, it } from 'vitest'
import { fileOfZip } from '../../../ci/tools/zip.ts'
import { packed } from './packed.ts'

const files = { 'LICENSE.txt': 'as you like', tool: '#!/bin/sh\necho hello\n'.repeat(100) }

it.each([0, 8] as const)('reads a file of an archive of method %i', (method) => {
  expect(fileOfZip(packed(files, method), 'tool').toString()).toBe(files.tool)
})

it('refuses a name that the archive does not have', () => {
  expect(() => fileOfZip(packed(files), 'other')).toThrow('zip: no file other')
})

it('refuses bytes that are no archive', () => {
  expect(() => fileOfZip(Buffer.from('<html>not found</html>'), 'tool')).toThrow('not a zip archive')
})
