import fc from 'fast-check'
import { parse, print } from 'graphql'
import { describe, expect, it } from 'vitest'
import { withoutEmptyParentheses } from '../../../mothership/src/graphql/empty-parentheses.ts'

describe('withoutEmptyParentheses', () => {
  it('blanks them out and keeps every position', () => {
    expect(withoutEmptyParentheses('{a(){b} c( \n){d} e(x: 1)}')).toBe('{a  {b} c  \n {d} e(x: 1)}')
  })

  it.each(['{a(b: "()")}', '{a(b: "\\"()")}', '{a(b: """() "() \\"""()""")}', '{a # ()\n}'])(
    'leaves %j as it is',
    (document) => {
      expect(withoutEmptyParentheses(document)).toBe(document)
    },
  )

  it('changes no text inside of a document', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '()', '( )'), (value, parentheses) => {
        const document = `{a${parentheses}{b(c: ${JSON.stringify(value)})}}`
        const plain = `{a{b(c: ${JSON.stringify(value)})}}`
        expect(print(parse(withoutEmptyParentheses(document)))).toBe(print(parse(plain)))
      }),
    )
  })

  it('is quick on a text that never ends', () => {
    const endless = `"""${'\\"""'.repeat(20_000)}`
    expect(withoutEmptyParentheses(endless)).toHaveLength(endless.length)
  })
})
