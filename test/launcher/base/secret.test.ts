import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../launcher/src/base/secret.ts'

describe('Secret', () => {
  const secret = new Secret('hunter2')
  const shown = {
    'in a text': `${String(secret)}`,
    'among texts': ['it is', secret].join(' '),
    'in JSON': JSON.stringify({ secret }),
    'under inspect': inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
    'in its own fields': Object.entries(secret).join(),
  }

  it.each(Object.entries(shown))('does not show %s', (_where, text) => expect(text).not.toContain('hunter2'))
  it('says that it is one', () => expect(String(secret)).toBe('[secret]'))
  it('is revealed on demand', () => expect(secret.reveal()).toBe('hunter2'))
})
