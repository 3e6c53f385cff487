import { expect, it } from 'vitest'
import { CopyPosition } from '../../../launcher/src/run/copy-position.ts'

const piece = (text: string, at: number) => ({ bytes: Buffer.from(text), at })
const readAll = (position: CopyPosition, pieces: readonly { bytes: Buffer; at: number }[]) =>
  pieces.map((each) => {
    const { bytes, lacking } = position.read(each)
    return [Buffer.from(bytes).toString(), lacking]
  })

it('passes over what is known, wherever it is cut', () => {
  const position = new CopyPosition({ known: 5, lostAt: null })
  expect(readAll(position, [piece('abc', 1), piece('defg', 2), piece('h', 3)])).toEqual([
    ['', null],
    ['fg', null],
    ['h', null],
  ])
})

it('gives what a daemon that died took down beyond what is known, and then what its successor did', () => {
  const position = new CopyPosition({ known: 2, lostAt: 10 })
  expect(readAll(position, [piece('abcd', 10), piece('ef', 11)])).toEqual([
    ['cd', null],
    ['ef', null],
  ])
})

it('gives everything that came after a daemon died whose copy was short, and says once by how much', () => {
  const position = new CopyPosition({ known: 6, lostAt: 10 })
  expect(readAll(position, [piece('abcd', 10), piece('xyz', 11), piece('!', 12)])).toEqual([
    ['', null],
    ['xyz', 2],
    ['!', null],
  ])
})
