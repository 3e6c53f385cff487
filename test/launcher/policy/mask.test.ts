import { expect, it } from 'vitest'
import { maskedIn, maskOf } from '../../../launcher/src/policy/mask.ts'

const variable = (value: string, secret = true) => ({ name: 'A', value, secret, access: 'both' as const })
const file = (text: string) => ({ path: 'f', content: Buffer.from(text).toString('base64'), secret: true })

it('takes out the values of secret variables and files, line by line, longest first', () => {
  const environment = [variable('hunter'), variable('hunter2'), variable('plain', false)]
  const mask = maskOf({ environment, files: [file('first line\nsecond\n')] })
  expect(mask('echo hunter2 hunter plain first line second')).toBe('echo ***** ***** plain ***** *****')
})

it('leaves what is too short to be told from words', () => {
  const mask = maskOf({ environment: [variable('abc'), variable('\n \n')], files: [] })
  expect(mask('abc \n def')).toBe('abc \n def')
})

it('reaches every text of a value', () => {
  const mask = maskOf({ environment: [variable('hunter2')], files: [] })
  const value = { a: ['hunter2', 1, null, true], hunter2: { b: 'x hunter2' } }
  expect(maskedIn(value, mask)).toEqual({ a: ['*****', 1, null, true], '*****': { b: 'x *****' } })
})
