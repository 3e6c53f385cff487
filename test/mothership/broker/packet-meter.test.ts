import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PacketMeter } from '../../../mothership/src/broker/packet-meter.ts'

const max = 300

/** A control packet with `length` bytes after its header. */
function packet(length: number): Buffer {
  return Buffer.concat([header(length), Buffer.alloc(length, 0xff)])
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const [size = bytes.length, ...further] = sizes
  if (bytes.length === 0) return []
  return [bytes.subarray(0, size), ...cut(bytes.subarray(size), further)]
}

it('lets packets pass however they are cut', () => {
  const lengths = fc.array(fc.integer({ min: 0, max }), { maxLength: 20 })
  const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 50 })
  fc.assert(
    fc.property(lengths, cuts, (packets, sizes) => {
      const meter = new PacketMeter(max)
      return cut(Buffer.concat(packets.map(packet)), sizes).every((piece) => meter.take(piece))
    }),
  )
})

it('refuses a packet that promises too much, before it comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max }), { maxLength: 5 }),
      fc.integer({ min: max + 1, max: 2 ** 28 - 1 }),
      (before, length) => {
        const meter = new PacketMeter(max)
        expect(meter.take(Buffer.concat(before.map(packet)))).toBe(true)
        return !meter.take(header(length))
      },
    ),
  )
})

it('refuses a length of more than four bytes', () => {
  expect(new PacketMeter(max).take(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false)
})

function header(length: number): Buffer {
  const bytes = [0x30]
  for (let left = length; ; left = Math.floor(left / 128)) {
    bytes.push((left % 128) | (left >= 128 ? 0x80 : 0))
    if (left < 128) return Buffer.from(bytes)
  }
}
