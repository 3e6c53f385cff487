import { ulid } from 'ulid'
import { expect, it } from 'vitest'
import { isUlid } from '../../protocol/ids.ts'

it('knows a ULID and nothing else', () => {
  expect(isUlid(ulid())).toBe(true)
  for (const text of ['', '../..', ulid().toLowerCase(), `${ulid()}0`, 'Z'.repeat(26)])
    expect(isUlid(text), text).toBe(false)
})
